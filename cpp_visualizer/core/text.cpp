#include "core/text.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "core/new_york.hpp"

namespace tp {

namespace {

constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMinus = "\u2212";
constexpr const char* kNothing = "\u2013";

/// Digits of a number that is not negative.
[[nodiscard]] std::string digits(double value, int decimals) {
    std::array<char, 400> room{};
    const int length = std::snprintf(room.data(), room.size(), "%.*f", decimals, value);
    return {room.data(), static_cast<std::size_t>(length)};
}

[[nodiscard]] std::string with_sign(double value, int decimals, const char* plus) {
    if (!std::isfinite(value)) {
        return kNothing;
    }
    std::string text = digits(std::abs(value), decimals);
    const bool zero = text.find_first_not_of("0.") == std::string::npos;
    std::string signed_text = zero ? "" : value < 0 ? kMinus : plus;
    return signed_text += text;
}

}  // namespace

std::string fixed(double value, int decimals) { return with_sign(value, decimals, ""); }

std::string signed_fixed(double value, int decimals) { return with_sign(value, decimals, "+"); }

std::string brief(double count) {
    if (!std::isfinite(count)) {
        return kNothing;
    }
    constexpr std::array kUnits{"", "k", "M", "G", "T"};
    double value = std::abs(count);
    std::size_t unit = 0;
    // What would be rounded to a thousand is one of the next unit.
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1'000.0;
        ++unit;
    }
    const int decimals = unit > 0 && value < 9.95 ? 1 : 0;
    std::string text = count < 0 ? kMinus : "";
    return text += digits(value, decimals) + kUnits[unit];
}

std::string shares(double quantity) {
    std::string text = fixed(quantity, 6);
    if (text.find('.') == std::string::npos) {
        return text;
    }
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
        text.pop_back();
    }
    return text;
}

std::string span_text(std::uint32_t seconds) {
    constexpr std::uint32_t kDay = 86'400;
    if (seconds % (7 * kDay) == 0) {
        return "W";
    }
    if (seconds % kDay == 0) {
        return "D";
    }
    if (seconds % 3'600 == 0) {
        return std::to_string(seconds / 3'600) + "h";
    }
    if (seconds % 60 == 0) {
        return std::to_string(seconds / 60) + "m";
    }
    return std::to_string(seconds) + "s";
}

std::string clock_text(std::int64_t utc_ns, bool seconds) {
    const int second = wall_time(new_york_seconds(utc_ns)).second;
    std::array<char, 40> room{};
    std::snprintf(room.data(), room.size(), seconds ? "%02d:%02d:%02d" : "%02d:%02d",
                  second / 3'600, second / 60 % 60, second % 60);
    return room.data();
}

std::string date_text(std::int64_t utc_ns) {
    const WallTime time = wall_time(new_york_seconds(utc_ns));
    return std::string(kDays.at(time.weekday)) + " " + std::to_string(time.day) + " " +
           kMonths.at(time.month - 1);
}

}  // namespace tp
