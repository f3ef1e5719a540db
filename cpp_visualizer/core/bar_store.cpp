#include "core/bar_store.hpp"

#include <algorithm>
#include <limits>

#include "core/new_york.hpp"

namespace tp {

namespace {

/// Write into `upper[at]` what its one or two children in `lower` come to.
void join(const Columns& lower, Columns& upper, std::size_t at) noexcept {
    const std::size_t left = at * 2;
    const std::size_t right = std::min(left + 1, lower.size() - 1);
    upper.open[at] = lower.open[left];
    upper.high[at] = std::max(lower.high[left], lower.high[right]);
    upper.low[at] = std::min(lower.low[left], lower.low[right]);
    upper.close[at] = lower.close[right];
    upper.volume[at] = lower.volume[left] + (right > left ? lower.volume[right] : 0.0);
}

}  // namespace

void Columns::resize(std::size_t count) {
    open.resize(count);
    high.resize(count);
    low.resize(count);
    close.resize(count);
    volume.resize(count);
}

void BarStore::clear() noexcept {
    ts_.clear();
    span_.clear();
    revision_.clear();
    levels_.erase(levels_.begin() + 1, levels_.end());
    levels_.front() = Columns{};
    ++generation_;
}

void BarStore::append(const Bar& bar) {
    const std::size_t index = size();
    ts_.push_back(bar.ts);
    span_.push_back(bar.span);
    revision_.push_back(bar.revision);
    levels_.front().resize(index + 1);
    write(index, bar);
    raise(index);
}

void BarStore::replace_last(const Bar& bar) {
    const std::size_t index = size() - 1;
    ts_[index] = bar.ts;
    span_[index] = bar.span;
    revision_[index] = bar.revision;
    write(index, bar);
    raise(index);
}

Bar BarStore::bar(std::size_t index) const noexcept {
    const Columns& c = levels_.front();
    return Bar{ts_[index],     c.open[index],   c.high[index], c.low[index],
               c.close[index], c.volume[index], span_[index],  revision_[index]};
}

std::int64_t BarStore::opened(std::size_t index) const noexcept {
    return ts_[index] - static_cast<std::int64_t>(span_[index]) * kNanosPerSecond;
}

std::size_t BarStore::at_or_after(std::int64_t ts) const noexcept {
    return static_cast<std::size_t>(std::ranges::lower_bound(ts_, ts) - ts_.begin());
}

Buckets BarStore::window(std::size_t begin, std::size_t end, std::size_t most) const noexcept {
    end = std::min(end, size());
    if (begin >= end || most == 0) {
        return {};
    }
    const auto buckets = [&](unsigned level) {
        return ((end - 1) >> level) - (begin >> level) + 1;
    };
    unsigned level = 0;
    while (level + 1 < levels_.size() && buckets(level) > most) {
        ++level;
    }
    const Columns& c = levels_[level];
    const std::size_t first = begin >> level;
    const std::size_t count = buckets(level);
    const auto part = [&](const std::vector<double>& column) {
        return std::span(column).subspan(first, count);
    };
    return {level, first, part(c.open), part(c.high), part(c.low), part(c.close), part(c.volume)};
}

Range BarStore::hilo(std::size_t begin, std::size_t end) const noexcept {
    Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    end = std::min(end, size());
    std::size_t at = begin;
    while (at < end) {
        // The largest bucket that begins here and ends within: log n steps for any range.
        unsigned level = 0;
        while (level + 1 < levels_.size() && (at & ((std::size_t{2} << level) - 1)) == 0 &&
               at + (std::size_t{2} << level) <= end) {
            ++level;
        }
        const Columns& c = levels_[level];
        range.low = std::min(range.low, c.low[at >> level]);
        range.high = std::max(range.high, c.high[at >> level]);
        at += std::size_t{1} << level;
    }
    return range;
}

void BarStore::write(std::size_t index, const Bar& bar) noexcept {
    Columns& c = levels_.front();
    c.open[index] = bar.open;
    c.high[index] = bar.high;
    c.low[index] = bar.low;
    c.close[index] = bar.close;
    c.volume[index] = bar.volume;
}

void BarStore::raise(std::size_t index) {
    for (std::size_t level = 1; (size() - 1) >> (level - 1) > 0; ++level) {
        if (level == levels_.size()) {
            // The bars that were there before make the buckets before the last.
            levels_.emplace_back();
        }
        Columns& upper = levels_[level];
        const std::size_t at = index >> level;
        for (std::size_t next = upper.size(); next <= at; ++next) {
            upper.resize(next + 1);
            join(levels_[level - 1], upper, next);
        }
        join(levels_[level - 1], upper, at);
    }
}

}  // namespace tp
