// What the engine declares before its records make sense.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tp {

/// An entry of the symbol table.
struct Symbol {
    std::uint16_t id = 0;
    std::string name;
    double tick = 0.01;
    int decimals = 2;
    std::uint32_t span = 60;
};

enum class StudyKind : std::uint8_t { kLine, kBand, kBox, kMarker, kHistogram };

/// What a strategy shows beside the bars. `pane` "price" is the candles' own.
struct Study {
    std::uint16_t id = 0;
    std::string name;
    StudyKind kind = StudyKind::kLine;
    std::string pane = "price";
    std::uint32_t colour = 0xd5d8de;  // 0xrrggbb
    std::string strategy;
};

struct Table {
    std::vector<Symbol> symbols;
    std::vector<Study> studies;
};

}  // namespace tp
