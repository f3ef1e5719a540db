#include "ui/scene.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace tp {

namespace {

constexpr std::size_t kMostBuckets = 1'000;

void widen(Range& range, const LineStore& line, std::pair<std::size_t, std::size_t> bars) {
    for (const auto& bucket : line.window(bars.first, bars.second, kMostBuckets).buckets) {
        range.low = std::fmin(range.low, bucket.low);
        range.high = std::fmax(range.high, bucket.high);
    }
}

}  // namespace

void divide(Scene& scene, const QRect& all, int row, int axis, const std::vector<int>& panes) {
    scene.all = all;
    const int head = row + 6;
    const int clock = row + 4;
    const int wide = std::max(1, all.width() - axis);
    const int tall = std::max(1, all.height() - head - clock);
    scene.head = QRect(all.left(), all.top(), all.width(), head);
    scene.clock = QRect(all.left(), all.bottom() + 1 - clock, all.width(), clock);
    int bottom = scene.clock.top();
    scene.panes.clear();
    // Panes that would leave too little to the candles are not shown.
    const int pane = std::max(row * 7 / 2, tall / 6);
    for (auto id = panes.rbegin(); id != panes.rend(); ++id) {
        if (bottom - scene.head.bottom() - pane < std::max(tall / 2, row * 8)) {
            continue;
        }
        bottom -= pane;
        // The name of a pane has a row of its own.
        const PriceScale scale{0.0, 1.0, bottom + 1 + row, std::max(1, pane - 1 - row)};
        scene.panes.push_back({*id, QRect(all.left(), bottom + 1, wide, pane - 1), scale});
    }
    std::ranges::reverse(scene.panes);
    const int deep = std::max(8, tall / 7);
    bottom -= deep;
    scene.volume = QRect(all.left(), bottom, wide, deep);
    scene.plot = QRect(all.left(), scene.head.bottom() + 1, wide,
                       std::max(1, bottom - scene.head.bottom() - 1));
    scene.axis = QRect(all.left() + wide, scene.plot.top(), axis, scene.plot.height());
    scene.price.top = scene.plot.top();
    scene.price.height = scene.plot.height();
    scene.index.edge = scene.plot.left();
}

std::vector<int> pane_ids(const Scene& scene) {
    std::set<int> found;
    for (const auto& [key, line] : scene.listing->studies) {
        const Study* const study = scene.market->study(key.first);
        if (study != nullptr && study->pane != 0) {
            found.insert(study->pane);
        }
    }
    return {found.begin(), found.end()};
}

Range price_span(const Scene& scene) {
    Range range = scene.bars->hilo(scene.begin, scene.end);
    const Range bars = range;
    const auto base = base_range(scene);
    for (const auto& [key, line] : scene.listing->studies) {
        const Study* const study = scene.market->study(key.first);
        if (study != nullptr && study->pane == 0) {
            widen(range, line, base);
        }
    }
    // Studies and levels far from the market would press the candles flat.
    const double spread = std::max(bars.high - bars.low, bars.high * 0.002);
    range.low = std::max(range.low, bars.low - spread * 0.25);
    range.high = std::min(range.high, bars.high + spread * 0.25);
    const double near = spread * 1.2;
    for (const PriceLine& line : scene.listing->lines) {
        if (line.price > bars.low - near && line.price < bars.high + near) {
            range.low = std::min(range.low, line.price);
            range.high = std::max(range.high, line.price);
        }
    }
    return range;
}

void scale_panes(Scene& scene) {
    const auto base = base_range(scene);
    for (Pane& pane : scene.panes) {
        Range range{std::numeric_limits<double>::infinity(),
                    -std::numeric_limits<double>::infinity()};
        for (const auto& [key, line] : scene.listing->studies) {
            const Study* const study = scene.market->study(key.first);
            if (study == nullptr || study->pane != pane.id) {
                continue;
            }
            widen(range, line, base);
            if (study->kind == StudyKind::kHistogram) {
                range.low = std::min(range.low, 0.0);
                range.high = std::max(range.high, 0.0);
            }
        }
        if (!(range.high >= range.low)) {
            range = {0.0, 1.0};
        }
        const double room = std::max((range.high - range.low) * 0.05, 1e-9);
        pane.scale.low = range.low - room;
        pane.scale.high = range.high + room;
    }
}

double shown_index(const Scene& scene, std::size_t base) noexcept {
    const BarStore& from = scene.listing->bars;
    return static_cast<double>(&from == scene.bars ? base : scene.bars->at_or_after(from.ts(base)));
}

std::pair<std::size_t, std::size_t> base_range(const Scene& scene) noexcept {
    const BarStore& base = scene.listing->bars;
    if (&base == scene.bars || scene.begin >= scene.end) {
        return {scene.begin, scene.end};
    }
    const std::size_t first =
        scene.begin == 0 ? 0 : base.at_or_after(scene.bars->ts(scene.begin - 1)) + 1;
    return {first, base.at_or_after(scene.bars->ts(scene.end - 1)) + 1};
}

}  // namespace tp
