#include "core/line_store.hpp"

#include <algorithm>
#include <cmath>

namespace tp {

namespace {

/// fmin and fmax pass over a nan where the other side has a number.
LineStore::Bucket joined(const LineStore::Bucket& left, const LineStore::Bucket& right) noexcept {
    return {std::fmin(left.low, right.low), std::fmax(left.high, right.high),
            std::isnan(right.last) ? left.last : right.last};
}

}  // namespace

void LineStore::set(std::size_t index, double value) {
    const std::size_t before = size();
    const std::size_t count = std::max(before, index + 1);
    levels_.front().resize(count);
    levels_.front()[index] = {value, value, value};
    // Gaps that were made on the way touch their buckets too.
    const std::size_t from = std::min(before, index);
    for (std::size_t level = 1; (count - 1) >> (level - 1) > 0; ++level) {
        if (level == levels_.size()) {
            levels_.emplace_back();
        }
        const auto& lower = levels_[level - 1];
        auto& upper = levels_[level];
        const std::size_t begin = std::min(from >> level, upper.size());
        const std::size_t end = (index >> level) + 1;
        upper.resize(((count - 1) >> level) + 1);
        for (std::size_t at = begin; at < end; ++at) {
            const std::size_t right = at * 2 + 1;
            upper[at] = right < lower.size() ? joined(lower[at * 2], lower[right]) : lower[at * 2];
        }
    }
}

void LineStore::clear() noexcept {
    levels_.erase(levels_.begin() + 1, levels_.end());
    levels_.front().clear();
}

double LineStore::value(std::size_t index) const noexcept {
    const auto& base = levels_.front();
    return index < base.size() ? base[index].last : std::numeric_limits<double>::quiet_NaN();
}

LineStore::Part LineStore::window(std::size_t begin, std::size_t end,
                                  std::size_t most) const noexcept {
    end = std::min(end, size());
    if (begin >= end || most == 0) {
        return {};
    }
    const auto count = [&](unsigned level) { return ((end - 1) >> level) - (begin >> level) + 1; };
    unsigned level = 0;
    while (level + 1 < levels_.size() && count(level) > most) {
        ++level;
    }
    const std::span<const Bucket> all(levels_[level]);
    return {level, begin >> level, all.subspan(begin >> level, count(level))};
}

}  // namespace tp
