// From prices and bar indexes to pixels. Pixels are those of the device, whole, y downwards.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tp {

/// Far outside of any window, yet safe to calculate with.
inline constexpr double kFar = 30'000.0;

[[nodiscard]] inline int pixel(double position) noexcept {
    return static_cast<int>(std::floor(std::clamp(position, -kFar, kFar)));
}

struct PriceScale {
    double low = 0.0;
    double high = 1.0;
    int top = 0;
    int height = 1;

    [[nodiscard]] int y(double price) const noexcept {
        return pixel(top + (high - price) / (high - low) * (height - 1) + 0.5);
    }
    [[nodiscard]] double price(int y) const noexcept {
        return high - (static_cast<double>(y - top)) / std::max(1, height - 1) * (high - low);
    }
};

struct IndexScale {
    double left = 0.0;  // index at the left edge
    double step = 1.0;  // pixels a bar
    int edge = 0;       // x of the left edge

    [[nodiscard]] int x(double index) const noexcept { return pixel(edge + (index - left) * step); }
    [[nodiscard]] double index(double x) const noexcept { return left + (x - edge) / step; }
};

/// The prices a chart shows: it moves only when they leave its inner part, or shrink by much, so
/// that the picture does not tremble with each tick.
class PriceRange {
  public:
    /// True when the range changed so that low and high, which may be equal, are well inside.
    bool hold(double low, double high) noexcept {
        const double spread = high_ - low_;
        const double edge = spread * kEdge;
        const bool outside = low < low_ + edge || high > high_ - edge;
        if (spread > 0.0 && !outside && high - low > spread * kSmallest) {
            return false;
        }
        refit(low, high);
        return true;
    }

    /// Take exactly what is needed now.
    void refit(double low, double high) noexcept {
        const double room =
            high > low ? (high - low) * kRoom : std::max(std::abs(high) * 0.01, 1e-9);
        low_ = low - room;
        high_ = high + room;
    }

    [[nodiscard]] double low() const noexcept { return low_; }
    [[nodiscard]] double high() const noexcept { return high_; }

  private:
    static constexpr double kEdge = 0.02;
    static constexpr double kRoom = 0.08;
    static constexpr double kSmallest = 0.6;

    double low_ = 0.0;
    double high_ = 0.0;
};

}  // namespace tp
