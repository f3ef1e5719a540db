// Prices that matter now, and the axis on which they have their tags.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/spread.hpp"
#include "core/text.hpp"
#include "ui/layers.hpp"

namespace tp {

namespace {

struct Level {
    double price;
    std::string words;  // at the left, may be empty
    QColor colour;
    bool filled;  // its tag is a filled one
    int dash;     // pixels of a dash, 0 for a whole line
};

[[nodiscard]] const QColor& colour_of(const Palette& colours, LineKind kind) noexcept {
    switch (kind) {
        case LineKind::kStop:
            return colours.stop;
        case LineKind::kTarget:
            return colours.target;
        case LineKind::kWorking:
            return colours.working;
        default:
            return colours.entry;
    }
}

[[nodiscard]] Level level_of(const PriceLine& line, const Palette& colours, bool detail) {
    constexpr std::array kWords{"entry", "stop", "target", "order"};
    const auto kind = std::min<std::size_t>(static_cast<std::size_t>(line.kind), 3);
    std::string words = kWords.at(kind);
    if (line.quantity != 0.0 && detail) {
        const std::string count = shares(line.quantity);
        words += line.quantity > 0.0 ? " +" + count : " " + count;
    }
    // Never as working before the engine says so.
    const bool working = line.state == LineState::kWorking;
    if (!working && detail) {
        words += line.state == LineState::kSent ? " (sent)" : " (replacing)";
    }
    const int dash = !working ? 2 : line.kind == LineKind::kEntry ? 0 : 7;
    return {line.price, words, colour_of(colours, line.kind), false, dash};
}

[[nodiscard]] std::vector<Level> levels_of(const Scene& scene) {
    std::vector<Level> levels;
    for (const PriceLine& line : scene.listing->lines) {
        levels.push_back(level_of(line, *scene.palette, scene.detail));
    }
    if (!scene.bars->empty()) {
        const double last = scene.bars->bar(scene.bars->size() - 1).close;
        levels.push_back({last, "", scene.palette->last, true, 1});
    }
    return levels;
}

void draw_line(const Ink& ink, const Scene& scene, const Level& level, int y) {
    const int left = scene.plot.left();
    if (level.dash == 0) {
        ink.across(left, scene.right(), y, level.colour);
    } else {
        ink.dashed(left, scene.right(), y, level.dash, level.dash > 1 ? 4 : 3, level.colour);
    }
}

void draw_words(const Ink& ink, const Scene& scene, const Level& level, int middle) {
    const int left = scene.plot.left() + 4;
    const QRect ground(left, middle - ink.row() / 2, ink.width(level.words) + 8, ink.row());
    ink.box(ground, scene.palette->ground);
    ink.text(left + 4, ground.top(), level.words, level.colour);
}

void draw_tag(const Ink& ink, const Scene& scene, const Level& level, int middle) {
    const QRect tag(scene.right() + 1, middle - ink.row() / 2 - 1, scene.axis.width() - 1,
                    ink.row() + 2);
    const std::string price = fixed(level.price, scene.decimals());
    if (level.filled) {
        ink.tag(tag, price, level.colour, scene.palette->dark);
    } else {
        ink.tag(tag, price, scene.palette->ground, level.colour);
        ink.frame(tag, level.colour);
    }
}

void label(const Ink& ink, const Scene& scene, int y, const std::string& words) {
    const int x = scene.all.right() - 5 - ink.width(words);
    ink.text(x, y - ink.row() / 2, words, scene.palette->faint);
}

/// True where a row of text around `y` is not cut by the edges of `area`.
[[nodiscard]] bool fits(const Ink& ink, const QRect& area, int y) noexcept {
    return y - ink.row() / 2 >= area.top() && y + ink.row() / 2 <= area.bottom();
}

/// Labels of the axis where no tag and no edge is in their way.
void label_prices(const Ink& ink, const Scene& scene, const std::vector<int>& tags) {
    for (const double price : scene.prices.at) {
        const int y = scene.price.y(price);
        const bool free =
            std::ranges::none_of(tags, [&](int tag) { return std::abs(tag - y) <= ink.row() + 2; });
        if (free && fits(ink, scene.plot, y)) {
            label(ink, scene, y, fixed(price, scene.decimals()));
        }
    }
}

void label_panes(const Ink& ink, const Scene& scene) {
    for (const Pane& pane : scene.panes) {
        const auto rows = static_cast<std::size_t>(pane.area.height() / (ink.row() * 2));
        const PriceTicks ticks = price_ticks(pane.scale.low, pane.scale.high, 0.0, rows);
        const int decimals =
            ticks.step > 0.0 ? std::max(0, static_cast<int>(-std::floor(std::log10(ticks.step))))
                             : 0;
        for (const double value : ticks.at) {
            if (fits(ink, pane.area, pane.scale.y(value))) {
                label(ink, scene, pane.scale.y(value), fixed(value, decimals));
            }
        }
    }
}

}  // namespace

void paint_levels(const Ink& ink, const Scene& scene) {
    std::vector<Level> levels;
    std::vector<int> wanted;
    for (Level& level : levels_of(scene)) {
        const int y = scene.price.y(level.price);
        if (y < scene.plot.top() || y > scene.plot.bottom()) {
            continue;
        }
        draw_line(ink, scene, level, y);
        wanted.push_back(y);
        levels.push_back(std::move(level));
    }
    // Where there is no room for all tags the last price keeps its own.
    while (levels.size() > 1 &&
           static_cast<int>(levels.size()) * (ink.row() + 3) > scene.plot.height()) {
        levels.erase(levels.begin());
        wanted.erase(wanted.begin());
    }
    const std::vector<int> placed =
        spread(wanted, ink.row() + 3, scene.plot.top(), scene.plot.bottom() + 1);
    label_prices(ink, scene, placed);
    label_panes(ink, scene);
    for (std::size_t one = 0; one < levels.size(); ++one) {
        if (!levels[one].words.empty()) {
            draw_words(ink, scene, levels[one], placed[one]);
        }
        draw_tag(ink, scene, levels[one], placed[one]);
    }
}

}  // namespace tp
