#include "core/resampled.hpp"

#include <algorithm>

#include "core/new_york.hpp"

namespace tp {

namespace {

constexpr std::int64_t kWeek = 7 * kSecondsPerDay;
constexpr std::int64_t kMonday = 4 * kSecondsPerDay;  // 1970 began on a Thursday

[[nodiscard]] std::int64_t bucket_of(std::int64_t opened, std::uint32_t seconds) noexcept {
    const std::int64_t local = new_york_seconds(opened);
    return seconds == kWeek ? (local - kMonday + 2 * kWeek) / kWeek : local / seconds;
}

}  // namespace

void Resampled::follow(const BarStore& base) {
    if (!begun_ || generation_ != base.generation() || base.size() < first_) {
        bars_.clear();
        generation_ = base.generation();
        begun_ = true;
        first_ = 0;
    }
    // The last bucket is made anew: its last bar may have changed, and more may have come.
    Bar whole{};
    bool fresh = bars_.empty();
    for (std::size_t index = first_; index < base.size(); ++index) {
        const Bar bar = base.bar(index);
        const std::int64_t bucket = bucket_of(base.opened(index), seconds_);
        if (index > first_ && bucket == bucket_) {
            whole.high = std::max(whole.high, bar.high);
            whole.low = std::min(whole.low, bar.low);
            whole.volume += bar.volume;
        } else {
            fresh = bars_.empty() || index > first_;
            whole = bar;
            bucket_ = bucket;
            first_ = index;
        }
        whole.ts = bar.ts;
        whole.close = bar.close;
        whole.revision = bar.revision;
        whole.span = static_cast<std::uint32_t>((bar.ts - base.opened(first_)) / kNanosPerSecond);
        const bool ends =
            index + 1 == base.size() || bucket_of(base.opened(index + 1), seconds_) != bucket_;
        if (ends && fresh) {
            bars_.append(whole);
        } else if (ends) {
            bars_.replace_last(whole);
        }
    }
}

}  // namespace tp
