// Candles as whole rectangles, for any rectangle that is made of x, y, width and height.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "core/bar_store.hpp"
#include "core/scale.hpp"

namespace tp {

/// Rectangles of one colour each; they keep their memory from frame to frame.
template <class Rect>
struct CandleRects {
    std::vector<Rect> up;
    std::vector<Rect> down;
    std::vector<Rect> up_volume;
    std::vector<Rect> down_volume;

    void clear() noexcept {
        up.clear();
        down.clear();
        up_volume.clear();
        down_volume.clear();
    }
};

/// How wide a body is: it leaves a gap to the next one and has its wick in the middle.
[[nodiscard]] inline int body_width(double bar_pixels) noexcept {
    const int width = static_cast<int>(bar_pixels * 0.78 + 0.5);
    return width % 2 == 0 ? width - 1 : width;
}

/// Lay out `window` into `rects`. A wick is one pixel wide; a body is drawn from three pixels on.
/// Volume stands on `floor` and is `deepest` pixels high where it is most.
template <class Rect>
void lay_candles(const Buckets& window, const IndexScale& index, const PriceScale& price, int floor,
                 int deepest, CandleRects<Rect>& rects) {
    rects.clear();
    const double bars = static_cast<double>(std::size_t{1} << window.level);
    const int body = body_width(bars * index.step);
    double most = 0.0;
    for (const double volume : window.volume) {
        most = std::max(most, volume);
    }
    const double deep = most > 0.0 ? deepest / most : 0.0;
    for (std::size_t at = 0; at < window.size(); ++at) {
        const double begin = static_cast<double>(window.first + at) * bars;
        const int middle = index.x(begin + bars * 0.5);
        // Bars too narrow for bodies stand side by side.
        const int left = body >= 3 ? middle - body / 2 : index.x(begin);
        const int wide = body >= 3 ? body : std::max(1, index.x(begin + bars) - left);
        const bool rises = window.close[at] >= window.open[at];
        auto& wanted = rises ? rects.up : rects.down;
        const int high = price.y(window.high[at]);
        const int low = price.y(window.low[at]);
        wanted.emplace_back(middle, high, 1, low - high + 1);
        if (body >= 3) {
            const int open = price.y(window.open[at]);
            const int close = price.y(window.close[at]);
            wanted.emplace_back(left, std::min(open, close), wide, std::abs(open - close) + 1);
        }
        const int tall = static_cast<int>(std::ceil(window.volume[at] * deep));
        if (tall > 0) {
            auto& heap = rises ? rects.up_volume : rects.down_volume;
            heap.emplace_back(left, floor - tall, wide, tall);
        }
    }
}

}  // namespace tp
