#include "core/ticks.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/new_york.hpp"
#include "core/text.hpp"

namespace tp {

namespace {

constexpr std::int64_t kAMinute = 60;
constexpr std::int64_t kAnHour = 3'600;
constexpr std::array<std::int64_t, 13> kSteps{
    1,
    5,
    15,
    kAMinute,
    2 * kAMinute,
    5 * kAMinute,
    15 * kAMinute,
    30 * kAMinute,
    kAnHour,
    2 * kAnHour,
    4 * kAnHour,
    12 * kAnHour,
    kSecondsPerDay,
};

/// Longer than a day time is cut by the calendar: every so many months, 0 for weeks.
constexpr std::array kPieces{0, 1, 3, 6, 12, 24, 60, 120};

/// Which piece of the calendar a day is in.
[[nodiscard]] std::int64_t piece(std::int64_t local, int months) noexcept {
    if (months == 0) {
        return (local / kSecondsPerDay + 3) / 7;
    }
    const WallTime time = wall_time(local);
    return (time.year * 12 + static_cast<int>(time.month) - 1) / months;
}

/// The first second of the piece behind the one that `local` is in.
[[nodiscard]] std::int64_t next_piece(std::int64_t local, int months) noexcept {
    const std::int64_t now = piece(local, months);
    std::int64_t day = local - local % kSecondsPerDay;
    // By whole weeks while that is safe, then day by day.
    const std::int64_t leap = std::max<std::int64_t>(0, months * 28 - 31);
    day += (piece(day + leap * kSecondsPerDay, months) == now ? leap : 0) * kSecondsPerDay;
    while (piece(day, months) == now) {
        day += kSecondsPerDay;
    }
    return day;
}

/// A way of cutting time: every `step` seconds of the day, or every so many months.
struct Cut {
    std::int64_t step;
    int months;

    [[nodiscard]] std::int64_t next(std::int64_t local) const noexcept {
        return step > 0 ? local - local % step + step : next_piece(local, months);
    }
    [[nodiscard]] bool begins(std::int64_t before, std::int64_t local) const noexcept {
        return step > 0 ? before / step != local / step
                        : piece(before, months) != piece(local, months);
    }
};

[[nodiscard]] std::int64_t local_open(const BarStore& bars, std::size_t index) noexcept {
    return new_york_seconds(bars.opened(index));
}

[[nodiscard]] TimeTick labelled(const BarStore& bars, std::size_t index, std::int64_t before) {
    const std::int64_t local = local_open(bars, index);
    const WallTime now = wall_time(local);
    const WallTime then = wall_time(before);
    const std::int64_t opened = bars.opened(index);
    if (now.year != then.year) {
        return {index, std::to_string(now.year), true};
    }
    if (now.month != then.month || now.day != then.day) {
        const std::string date = date_text(opened);
        return {index, date.substr(date.find(' ') + 1), true};
    }
    return {index, clock_text(opened, local % kAMinute != 0), false};
}

/// Ticks of `cut` in order, none nearer than `apart`; nothing when they would be crowded.
[[nodiscard]] std::vector<TimeTick> cut_by(const Cut& cut, const BarStore& bars, std::size_t begin,
                                           std::size_t end, double apart, bool last_try) {
    std::vector<TimeTick> ticks;
    std::size_t crowded = 0;
    std::int64_t before = begin > 0 ? local_open(bars, begin - 1) : local_open(bars, begin);
    std::size_t index = begin;
    while (index < end) {
        const std::int64_t local = local_open(bars, index);
        if (index > 0 && cut.begins(before, local)) {
            const TimeTick tick = labelled(bars, index, before);
            const bool close =
                !ticks.empty() && static_cast<double>(index - ticks.back().index) < apart;
            if (!close) {
                ticks.push_back(tick);
            } else if (tick.day && !ticks.back().day) {
                // A new day says more than the hour before it.
                ticks.back() = tick;
            }
            crowded += close ? 1 : 0;
            if (crowded > ticks.size() / 2 + 1 && !last_try) {
                return {};
            }
        }
        before = local;
        const std::int64_t next = utc_of_new_york(cut.next(local));
        // Bars open a span before they close; the search by closes lands at most one too far.
        std::size_t found = bars.at_or_after(next);
        while (found < end && bars.opened(found) < next) {
            ++found;
        }
        found = std::max(found, index + 1);
        if (found < end) {
            before = local_open(bars, found - 1);
        }
        index = found;
    }
    return ticks;
}

}  // namespace

PriceTicks price_ticks(double low, double high, double tick, std::size_t most) {
    PriceTicks ticks;
    if (!(high > low) || !std::isfinite(high - low) || most == 0) {
        return ticks;
    }
    const double finest = std::max((high - low) / static_cast<double>(most), tick);
    double step = std::pow(10.0, std::floor(std::log10(finest)));
    for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
        // A hair of tolerance: 0.01 is not a hundredth in binary.
        if (step * factor >= finest * (1.0 - 1e-9)) {
            step *= factor;
            break;
        }
    }
    ticks.step = step;
    for (double n = std::ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n += 1.0) {
        ticks.at.push_back(n * step);
    }
    return ticks;
}

std::vector<TimeTick> time_ticks(const BarStore& bars, std::size_t begin, std::size_t end,
                                 double apart) {
    end = std::min(end, bars.size());
    if (begin >= end) {
        return {};
    }
    for (const std::int64_t step : kSteps) {
        auto ticks = cut_by({step, 0}, bars, begin, end, apart, false);
        if (!ticks.empty()) {
            return ticks;
        }
    }
    for (const int months : kPieces) {
        auto ticks = cut_by({0, months}, bars, begin, end, apart, months == kPieces.back());
        if (!ticks.empty()) {
            return ticks;
        }
    }
    return {};
}

}  // namespace tp
