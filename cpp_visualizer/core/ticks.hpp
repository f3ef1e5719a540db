// Where an axis carries labels, and what they say.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/bar_store.hpp"

namespace tp {

/// A round price; steps are 1, 2 or 5 times a power of ten and never finer than the tick size.
struct PriceTicks {
    double step = 0.0;
    std::vector<double> at;
};

/// At most `most` round prices within [low, high].
[[nodiscard]] PriceTicks price_ticks(double low, double high, double tick, std::size_t most);

/// A round time and the bar that opens at it, or is the first behind it.
struct TimeTick {
    std::size_t index;
    std::string text;
    bool day;  // a new day, month or year begins here
};

/// Round times of New York's clock among bars [begin, end), at least `apart` bars from each other.
/// Bars of a day or more (`daily`) are named by their dates alone.
[[nodiscard]] std::vector<TimeTick> time_ticks(const BarStore& bars, std::size_t begin,
                                               std::size_t end, double apart);

}  // namespace tp
