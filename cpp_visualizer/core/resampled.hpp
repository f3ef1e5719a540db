// A longer time frame, made of the bars that came: what the engine sends has one span.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/bar_store.hpp"

namespace tp {

/// Follows a store of shorter bars. Buckets are cut by New York's clock, days and weeks (from
/// Monday) by its date.
class Resampled {
  public:
    explicit Resampled(std::uint32_t seconds) noexcept : seconds_(seconds) {}

    /// Take over what changed in `base` since the last time.
    void follow(const BarStore& base);

    [[nodiscard]] const BarStore& bars() const noexcept { return bars_; }

  private:
    std::uint32_t seconds_;
    BarStore bars_;
    std::uint64_t generation_ = 0;
    bool begun_ = false;
    std::int64_t bucket_ = 0;  // which one the last bar is
    std::size_t first_ = 0;    // where it begins in the base
};

}  // namespace tp
