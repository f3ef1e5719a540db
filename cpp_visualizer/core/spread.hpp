// Labels beside each other that would overlap are moved apart.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace tp {

/// Where labels of `height` go whose middles are `wanted`: in the same order, none over another,
/// all within [top, bottom) as far as there is room.
[[nodiscard]] inline std::vector<int> spread(std::span<const int> wanted, int height, int top,
                                             int bottom) {
    std::vector<std::size_t> order(wanted.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t one) { return wanted[one]; });
    std::vector<int> placed(wanted.begin(), wanted.end());
    // Downwards from the top, then what stuck out at the bottom upwards again.
    int limit = top + height / 2;
    for (const std::size_t one : order) {
        placed[one] = std::max(placed[one], limit);
        limit = placed[one] + height;
    }
    limit = bottom - (height - height / 2);
    for (auto one = order.rbegin(); one != order.rend(); ++one) {
        placed[*one] = std::min(placed[*one], limit);
        limit = placed[*one] - height;
    }
    return placed;
}

}  // namespace tp
