// One picture of a chart: what is shown, and where on the widget each part of it goes.
#pragma once

#include <QRect>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/candles.hpp"
#include "core/market.hpp"
#include "core/scale.hpp"
#include "core/ticks.hpp"
#include "ui/palette.hpp"

namespace tp {

/// Where the cursor of the board points: at an instant in every chart, at a height in one.
struct Cross {
    std::int64_t opened = 0;  // of the bar, UTC ns
    std::optional<int> y;     // device pixels in the chart that the mouse is over
};

/// A strip below the candles for studies of another scale.
struct Pane {
    int id;
    QRect area;
    PriceScale scale;
};

struct Scene {
    const Market* market = nullptr;
    const Listing* listing = nullptr;
    const BarStore* bars = nullptr;  // of the time frame that is shown
    std::uint32_t span = 0;          // seconds of that time frame
    const Palette* palette = nullptr;
    const Cross* cross = nullptr;
    bool detail = false;  // one large chart, with room for more words
    bool chosen = false;

    std::size_t begin = 0;
    std::size_t end = 0;
    IndexScale index;
    PriceScale price;
    std::vector<TimeTick> times;
    PriceTicks prices;

    QRect all;
    QRect head;
    QRect plot;  // candles
    QRect volume;
    QRect axis;   // prices, right of plot
    QRect clock;  // times, below everything
    std::vector<Pane> panes;

    [[nodiscard]] int decimals() const noexcept { return listing->symbol.decimals; }
    /// Right edge and bottom of all that scrolls.
    [[nodiscard]] int right() const noexcept { return plot.right() + 1; }
    [[nodiscard]] int bottom() const noexcept { return clock.top(); }
};

/// Divide `all` for text rows of `row` pixels and an axis of `axis` pixels.
void divide(Scene& scene, const QRect& all, int row, int axis, const std::vector<int>& panes);

/// The panes that the listing's studies need, in their order.
[[nodiscard]] std::vector<int> pane_ids(const Scene& scene);

/// Lowest and highest price in view: bars, studies on them, and lines that are not far off.
[[nodiscard]] Range price_span(const Scene& scene);

/// Give each pane the scale of what its studies show in view.
void scale_panes(Scene& scene);

/// The bar that a bar of the base store falls into.
[[nodiscard]] double shown_index(const Scene& scene, std::size_t base) noexcept;
/// The bars of the base store that are in view.
[[nodiscard]] std::pair<std::size_t, std::size_t> base_range(const Scene& scene) noexcept;

}  // namespace tp
