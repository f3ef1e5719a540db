// Values beside the bars of one symbol: a study, with lows and highs to draw any number at once.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace tp {

/// One value a bar, nan where there is none. Level k holds the lowest and highest of 2^k bars.
class LineStore {
  public:
    struct Bucket {
        double low = std::numeric_limits<double>::quiet_NaN();
        double high = std::numeric_limits<double>::quiet_NaN();
        double last = std::numeric_limits<double>::quiet_NaN();
    };

    /// Buckets of 2^level bars; bucket i begins at bar (first + i) << level.
    struct Part {
        unsigned level = 0;
        std::size_t first = 0;
        std::span<const Bucket> buckets;
    };

    /// Set the value at bar `index`; bars before it that have none become gaps.
    void set(std::size_t index, double value);
    void clear() noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return levels_.front().size(); }
    /// The value at bar `index`, nan beyond the end too.
    [[nodiscard]] double value(std::size_t index) const noexcept;
    /// Bars [begin, end) at the finest level with at most `most` buckets.
    [[nodiscard]] Part window(std::size_t begin, std::size_t end, std::size_t most) const noexcept;

  private:
    std::vector<std::vector<Bucket>> levels_ = std::vector<std::vector<Bucket>>(1);
};

}  // namespace tp
