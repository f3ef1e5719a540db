// The wall clock of the exchanges. The rule is written out since the standard library of the
// compilers we support has no time zones, and the core has no Qt.
#pragma once

#include <cstdint>

namespace tp {

inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kSecondsPerDay = 86'400;

/// Seconds since 1970 as a clock in New York shows them, of an instant in UTC ns.
[[nodiscard]] std::int64_t new_york_seconds(std::int64_t utc_ns) noexcept;

/// The instant in UTC ns at which a clock in New York shows `local` seconds since 1970. In the hour
/// that comes twice it is the second one; exchanges are closed then.
[[nodiscard]] std::int64_t utc_of_new_york(std::int64_t local) noexcept;

/// A day and a time of day on that clock.
struct WallTime {
    int year;
    unsigned month;
    unsigned day;
    unsigned weekday;  // 0 is Sunday
    int second;        // of the day
};

[[nodiscard]] WallTime wall_time(std::int64_t local_seconds) noexcept;

}  // namespace tp
