// Bars of one symbol in columns, with a pyramid over them for drawing any number at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/frames.hpp"

namespace tp {

/// Columns of bars or of buckets of bars.
struct Columns {
    std::vector<double> open;
    std::vector<double> high;
    std::vector<double> low;
    std::vector<double> close;
    std::vector<double> volume;

    [[nodiscard]] std::size_t size() const noexcept { return open.size(); }
    void resize(std::size_t count);
};

/// Buckets of 2^level bars that cover a range of bars; bucket i begins at bar (first + i) << level.
struct Buckets {
    unsigned level = 0;
    std::size_t first = 0;
    std::span<const double> open;
    std::span<const double> high;
    std::span<const double> low;
    std::span<const double> close;
    std::span<const double> volume;

    [[nodiscard]] std::size_t size() const noexcept { return open.size(); }
};

struct Range {
    double low;
    double high;
};

/// Level k holds buckets of 2^k bars: first open, highest high, lowest low, last close, sum of
/// volume. A bar appended or changed at the end touches one bucket a level.
class BarStore {
  public:
    void clear() noexcept;
    /// Put `bar` behind the others; its ts has to be later than theirs.
    void append(const Bar& bar);
    /// Put `bar` in the place of the last one; the store must not be empty.
    void replace_last(const Bar& bar);

    [[nodiscard]] std::size_t size() const noexcept { return ts_.size(); }
    [[nodiscard]] bool empty() const noexcept { return ts_.empty(); }
    [[nodiscard]] std::size_t levels() const noexcept { return levels_.size(); }

    /// Counts how often the store was emptied: with its size, what followers of it need to know.
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

    [[nodiscard]] Bar bar(std::size_t index) const noexcept;
    [[nodiscard]] std::int64_t ts(std::size_t index) const noexcept { return ts_[index]; }
    /// When the bar at `index` opened, UTC ns.
    [[nodiscard]] std::int64_t opened(std::size_t index) const noexcept;
    /// Closing instants of all bars, ascending.
    [[nodiscard]] std::span<const std::int64_t> closes_at() const noexcept { return ts_; }
    /// The first bar that closes at or after `ts`; size() when none does.
    [[nodiscard]] std::size_t at_or_after(std::int64_t ts) const noexcept;

    /// Bars [begin, end) at the finest level with at most `most` buckets. A bucket at either edge
    /// may reach beyond them.
    [[nodiscard]] Buckets window(std::size_t begin, std::size_t end,
                                 std::size_t most) const noexcept;
    /// Lowest low and highest high of bars [begin, end), exact, from buckets a level at a time.
    [[nodiscard]] Range hilo(std::size_t begin, std::size_t end) const noexcept;

  private:
    void write(std::size_t index, const Bar& bar) noexcept;
    void raise(std::size_t index);

    std::vector<std::int64_t> ts_;
    std::vector<std::uint32_t> span_;
    std::vector<std::uint32_t> revision_;
    std::vector<Columns> levels_ = std::vector<Columns>(1);
    std::uint64_t generation_ = 0;
};

}  // namespace tp
