#include <random>

#include "check.hpp"
#include "core/bar_store.hpp"
#include "core/line_store.hpp"
#include "core/resampled.hpp"
#include "made.hpp"

using tp::Bar;
using tp::BarStore;

namespace {

bool near(double left, double right) {
    return std::abs(left - right) <= 1e-9 * std::max(1.0, std::abs(left));
}

/// What a bucket of bars [begin, end) has to be.
Bar joined(const std::vector<Bar>& bars, std::size_t begin, std::size_t end) {
    Bar whole = bars[begin];
    for (std::size_t index = begin + 1; index < end; ++index) {
        whole.high = std::max(whole.high, bars[index].high);
        whole.low = std::min(whole.low, bars[index].low);
        whole.volume += bars[index].volume;
        whole.close = bars[index].close;
    }
    return whole;
}

void compare(const BarStore& store, const std::vector<Bar>& bars, std::size_t begin,
             std::size_t end, std::size_t most) {
    const tp::Buckets found = store.window(begin, end, most);
    const std::size_t step = std::size_t{1} << found.level;
    check::that(found.size() <= most || found.level + 1 == store.levels());
    check::that(found.first * step <= begin && (found.first + found.size()) * step >= end);
    if (found.level > 0) {
        const std::size_t finer = step / 2;
        check::that((end - 1) / finer - begin / finer + 1 > most, "it is the finest level");
    }
    for (std::size_t at = 0; at < found.size(); ++at) {
        const std::size_t first = (found.first + at) * step;
        const Bar whole = joined(bars, first, std::min(first + step, bars.size()));
        check::that(whole.open == found.open[at] && whole.high == found.high[at] &&
                    whole.low == found.low[at] && whole.close == found.close[at] &&
                    near(whole.volume, found.volume[at]));
    }
    const tp::Range range = store.hilo(begin, end);
    const Bar all = joined(bars, begin, end);
    check::that(range.low == all.low && range.high == all.high);
}

}  // namespace

CASE(the_pyramid_is_what_brute_force_finds) {
    std::mt19937 random(3);
    for (const std::size_t count : {1U, 2U, 3U, 7U, 64U, 65U, 1'000U}) {
        const auto source = made::bars(count, static_cast<unsigned>(count));
        BarStore store;
        std::vector<Bar> bars;
        for (const Bar& bar : source) {
            store.append(bar);
            bars.push_back(bar);
            // The last bar goes on: its high may fall back when it is corrected.
            Bar changed = bar;
            changed.high = bar.high + (random() % 3) * 0.5;
            changed.volume += 5.0;
            store.replace_last(changed);
            if (random() % 2 == 0) {
                store.replace_last(bar);
            } else {
                bars.back() = changed;
            }
        }
        for (int round = 0; round < 60; ++round) {
            const std::size_t begin = random() % count;
            const std::size_t end = begin + 1 + random() % (count - begin);
            compare(store, bars, begin, end, 1 + random() % 40);
        }
    }
}

CASE(an_empty_store_shows_nothing) {
    BarStore store;
    check::same(store.window(0, 10, 100).size(), 0U);
    check::that(!(store.hilo(0, 10).high >= store.hilo(0, 10).low));
    store.append(made::bars(1).front());
    const auto before = store.generation();
    store.clear();
    check::that(store.empty() && store.generation() == before + 1);
    check::same(store.window(0, 1, 1).size(), 0U);
}

CASE(a_change_of_the_last_bar_touches_one_bucket_a_level) {
    BarStore store;
    for (const Bar& bar : made::bars(100'000)) {
        store.append(bar);
    }
    check::same(store.levels(), 18U);
    Bar last = store.bar(99'999);
    last.high = 1e6;
    store.replace_last(last);
    const tp::Buckets top = store.window(0, 100'000, 1);
    check::same(top.size(), 1U);
    check::same(top.high[0], 1e6);
}

CASE(an_instant_falls_into_the_first_bar_that_closes_then_or_later) {
    BarStore store;
    for (const Bar& bar : made::bars(10)) {
        store.append(bar);
    }
    check::same(store.at_or_after(made::kOpen), 0U);
    check::same(store.at_or_after(made::kOpen + made::kMinute), 0U);
    check::same(store.at_or_after(made::kOpen + made::kMinute + 1), 1U);
    check::same(store.at_or_after(made::kOpen + 11 * made::kMinute), 10U);
    check::same(store.opened(4), made::kOpen + 4 * made::kMinute);
}

CASE(a_study_has_the_lows_and_highs_of_its_values) {
    std::mt19937 random(5);
    tp::LineStore line;
    std::vector<double> values;
    for (int round = 0; round < 2'000; ++round) {
        const std::size_t limit = values.size() + 3;
        const std::size_t index = round % 3 == 0 ? random() % limit : values.size();
        const double value = random() % 7 == 0 ? std::nan("") : static_cast<double>(random() % 500);
        values.resize(std::max(values.size(), index + 1), std::nan(""));
        values[index] = value;
        line.set(index, value);
    }
    check::same(line.size(), values.size());
    for (int round = 0; round < 300; ++round) {
        const std::size_t begin = random() % values.size();
        const std::size_t end = begin + 1 + random() % (values.size() - begin);
        const auto part = line.window(begin, end, 1 + random() % 50);
        for (std::size_t at = 0; at < part.buckets.size(); ++at) {
            double low = std::nan("");
            double high = std::nan("");
            double last = std::nan("");
            const std::size_t first = (part.first + at) << part.level;
            const std::size_t behind = std::min(first + (1U << part.level), values.size());
            for (std::size_t index = first; index < behind; ++index) {
                low = std::fmin(low, values[index]);
                high = std::fmax(high, values[index]);
                last = std::isnan(values[index]) ? last : values[index];
            }
            const auto& found = part.buckets[at];
            check::that((std::isnan(low) && std::isnan(found.low)) ||
                        (low == found.low && high == found.high && last == found.last));
        }
    }
}

CASE(longer_bars_follow_the_shorter_ones_however_they_come) {
    const auto bars = made::bars(800);
    BarStore base;
    tp::Resampled live(300);
    std::mt19937 random(9);
    for (const Bar& bar : bars) {
        Bar first = bar;
        first.high += 0.7;
        base.append(first);
        if (random() % 2 == 0) {
            live.follow(base);
        }
        base.replace_last(bar);
        if (random() % 3 == 0) {
            live.follow(base);
        }
    }
    live.follow(base);
    check::same(live.bars().size(), 160U);
    for (std::size_t index = 0; index < live.bars().size(); ++index) {
        const Bar found = live.bars().bar(index);
        const Bar whole = joined(bars, index * 5, index * 5 + 5);
        check::that(found.open == whole.open && found.high == whole.high &&
                    found.low == whole.low && found.close == whole.close &&
                    near(found.volume, whole.volume) && found.ts == bars[index * 5 + 4].ts);
    }
}

CASE(days_and_weeks_are_cut_by_the_clock_of_new_york) {
    BarStore base;
    // Eight days from Friday 2 January 2026 on; one bar at 09:30 and one at 19:59 (00:59 UTC).
    for (int day = 0; day < 8; ++day) {
        for (const int minute : {0, 629}) {
            Bar bar = made::bars(1).front();
            bar.ts = made::kOpen + (day * 1'440 + minute + 1) * made::kMinute;
            base.append(bar);
        }
    }
    tp::Resampled days(86'400);
    days.follow(base);
    check::same(days.bars().size(), 8U);
    tp::Resampled weeks(7 * 86'400);
    weeks.follow(base);
    // Friday to Sunday, then Monday to Friday.
    check::same(weeks.bars().size(), 2U);
    check::same(weeks.bars().ts(0), base.ts(5));
    base.clear();
    days.follow(base);
    check::that(days.bars().empty());
}
