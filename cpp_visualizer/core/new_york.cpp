#include "core/new_york.hpp"

#include <chrono>

namespace tp {

namespace {

namespace cal = std::chrono;

constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kStandard = -5 * kHour;
constexpr std::int64_t kSummer = -4 * kHour;

[[nodiscard]] std::int64_t floored(std::int64_t value, std::int64_t unit) noexcept {
    const std::int64_t rest = value % unit;
    return (value - (rest < 0 ? rest + unit : rest)) / unit;
}

[[nodiscard]] std::int64_t seconds_of(cal::sys_days day) noexcept {
    return day.time_since_epoch().count() * kSecondsPerDay;
}

/// Second Sunday of March to first Sunday of November, at two o'clock of the clock that ends.
[[nodiscard]] bool summer(std::int64_t utc_seconds) noexcept {
    const cal::sys_days day{cal::days{floored(utc_seconds, kSecondsPerDay)}};
    const cal::year year = cal::year_month_day{day}.year();
    const cal::sys_days begin{year / cal::March / cal::Sunday[2]};
    const cal::sys_days end{year / cal::November / cal::Sunday[1]};
    return utc_seconds >= seconds_of(begin) + 2 * kHour - kStandard &&
           utc_seconds < seconds_of(end) + 2 * kHour - kSummer;
}

[[nodiscard]] std::int64_t offset(std::int64_t utc_seconds) noexcept {
    return summer(utc_seconds) ? kSummer : kStandard;
}

}  // namespace

std::int64_t new_york_seconds(std::int64_t utc_ns) noexcept {
    const std::int64_t utc = floored(utc_ns, kNanosPerSecond);
    return utc + offset(utc);
}

std::int64_t utc_of_new_york(std::int64_t local) noexcept {
    const std::int64_t utc = local - kStandard;
    // Where summer time holds, the clock shows the same an hour earlier.
    return (summer(utc - kHour) && !summer(utc) ? utc : local - offset(utc)) * kNanosPerSecond;
}

WallTime wall_time(std::int64_t local_seconds) noexcept {
    const std::int64_t days = floored(local_seconds, kSecondsPerDay);
    const cal::sys_days day{cal::days{days}};
    const cal::year_month_day date{day};
    return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
            static_cast<unsigned>(date.day()), cal::weekday{day}.c_encoding(),
            static_cast<int>(local_seconds - days * kSecondsPerDay)};
}

}  // namespace tp
