// Numbers and instants as a person reads them. Negative numbers carry U+2212, as wide as a plus.
#pragma once

#include <cstdint>
#include <string>

namespace tp {

/// `value` with so many decimals; a dash where it is no number.
[[nodiscard]] std::string fixed(double value, int decimals);
/// The same with its sign, whichever it is.
[[nodiscard]] std::string signed_fixed(double value, int decimals);
/// A count in at most five characters: 980, 1.2k, 34k, 5.6M.
[[nodiscard]] std::string brief(double count);
/// A number of shares with as many decimals as it has, at most six.
[[nodiscard]] std::string shares(double quantity);
/// A span of bars: 1s, 5m, 1h, D, W.
[[nodiscard]] std::string span_text(std::uint32_t seconds);
/// New York's clock at an instant in UTC ns: 09:30, or 09:30:05.
[[nodiscard]] std::string clock_text(std::int64_t utc_ns, bool seconds);
/// Its date: Mon 3 Mar.
[[nodiscard]] std::string date_text(std::int64_t utc_ns);

}  // namespace tp
