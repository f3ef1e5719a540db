// What the engine declares before its records make sense.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tp {

/// One series of bars of a ticker. `reference` is the close of the day before, nan for unknown.
struct Symbol {
    std::uint16_t id = 0;
    std::string name;
    double tick = 0.01;
    int decimals = 2;
    std::uint32_t span = 60;
    double reference = std::numeric_limits<double>::quiet_NaN();
};

enum class StudyKind : std::uint8_t { kLine, kStep, kDots, kBand, kBox, kMarker, kHistogram };

/// What a strategy shows beside the bars. Pane 0 is the candles' own. A band or a box lies between
/// the points of `id` and those of `partner`.
struct Study {
    std::uint16_t id = 0;
    std::string name;
    StudyKind kind = StudyKind::kLine;
    int pane = 0;
    std::uint32_t colour = 0xd5d8de;  // 0xrrggbb
    std::uint16_t partner = 0;
};

struct Table {
    std::vector<Symbol> symbols;
    std::vector<Study> studies;
};

}  // namespace tp
