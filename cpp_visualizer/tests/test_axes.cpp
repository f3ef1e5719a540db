#include <set>

#include "check.hpp"
#include "core/candles.hpp"
#include "core/new_york.hpp"
#include "core/scale.hpp"
#include "core/spread.hpp"
#include "core/text.hpp"
#include "core/ticks.hpp"
#include "core/view.hpp"
#include "made.hpp"

namespace {

struct Box {
    int x;
    int y;
    int width;
    int height;

    Box(int left, int top, int wide, int tall) : x(left), y(top), width(wide), height(tall) {}
};

tp::BarStore days(int count, int minutes) {
    tp::BarStore store;
    for (int day = 0; day < count; ++day) {
        const std::int64_t open = made::kOpen + day * 1'440 * made::kMinute;
        for (const tp::Bar& bar : made::bars(static_cast<std::size_t>(minutes), 7, open)) {
            store.append(bar);
        }
    }
    return store;
}

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

CASE(prices_are_labelled_at_round_steps) {
    const tp::PriceTicks ticks = tp::price_ticks(97.61, 98.58, 0.01, 6);
    check::that(std::abs(ticks.step - 0.2) < 1e-12);
    check::same(ticks.at.size(), 4U);
    check::that(std::abs(ticks.at.front() - 97.8) < 1e-9);
    for (const double low : {0.0003, 0.5, 7.77, 99.99, 4'321.0}) {
        for (const double spread : {0.01, 0.37, 12.0, 900.0}) {
            const auto found = tp::price_ticks(low, low + spread, 0.01, 8);
            check::that(found.step >= 0.01 - 1e-12, "never finer than the tick");
            check::that(found.at.size() <= 9);
            for (const double price : found.at) {
                check::that(price >= low - 1e-6 && price <= low + spread + 1e-6);
            }
        }
    }
    check::that(tp::price_ticks(5.0, 5.0, 0.01, 5).at.empty());
    check::that(tp::price_ticks(std::nan(""), 5.0, 0.01, 5).at.empty());
}

CASE(times_are_labelled_at_round_ones_with_room_between) {
    const tp::BarStore store = days(3, 390);
    for (const double apart : {1.0, 7.0, 10.0, 33.0, 100.0, 390.0}) {
        const auto ticks = tp::time_ticks(store, 0, store.size(), apart);
        check::that(!ticks.empty());
        std::set<std::size_t> new_days;
        for (std::size_t one = 0; one < ticks.size(); ++one) {
            if (one > 0) {
                check::that(ticks[one].index - ticks[one - 1].index >= apart);
            }
            if (ticks[one].day) {
                new_days.insert(ticks[one].index);
            }
        }
        check::that(new_days.contains(390) && new_days.contains(780), std::to_string(apart));
    }
    const auto fine = tp::time_ticks(store, 5, 40, 8.0);
    check::same(fine.front().text, "09:45");
    check::same(fine.front().index, 15U);
    check::same(tp::time_ticks(store, 388, 400, 5.0).front().text, "3 Jan");
}

CASE(years_of_days_are_labelled_by_months_and_years) {
    tp::BarStore store;
    for (int day = 0; day < 1'500; ++day) {
        tp::Bar bar = made::bars(1).front();
        bar.span = 86'400;
        bar.ts = made::kOpen + day * 1'440 * made::kMinute;
        store.append(bar);
    }
    const auto ticks = tp::time_ticks(store, 0, store.size(), 100.0);
    check::that(ticks.size() > 5 && ticks.size() < 16);
    bool year = false;
    for (const auto& tick : ticks) {
        year = year || tick.text == "2027";
    }
    check::that(year);
}

CASE(new_york_changes_its_clock_on_the_right_sundays) {
    // 2026-03-08 02:00 EST is 07:00 UTC; 2026-11-01 02:00 EDT is 06:00 UTC.
    const std::int64_t spring = 1'772'953'200;
    check::same(tp::new_york_seconds((spring - 1) * kSecond), spring - 1 - 5 * 3'600);
    check::same(tp::new_york_seconds(spring * kSecond), spring - 4 * 3'600);
    const std::int64_t autumn = 1'793'512'800;
    check::same(tp::new_york_seconds((autumn - 1) * kSecond), autumn - 1 - 4 * 3'600);
    check::same(tp::new_york_seconds(autumn * kSecond), autumn - 5 * 3'600);
    for (std::int64_t utc = 1'767'225'600; utc < 1'798'761'600; utc += 1'801) {
        const std::int64_t local = tp::new_york_seconds(utc * kSecond);
        const bool twice = utc >= autumn - 3'600 && utc < autumn;
        check::that(twice || tp::utc_of_new_york(local) == utc * kSecond, std::to_string(utc));
    }
}

CASE(numbers_are_written_as_a_trader_reads_them) {
    check::same(tp::fixed(-1.005, 1), "\u22121.0");
    check::same(tp::fixed(-0.001, 2), "0.00");
    check::same(tp::signed_fixed(0.5, 2), "+0.50");
    check::same(tp::signed_fixed(0.0, 2), "0.00");
    check::same(tp::fixed(std::nan(""), 2), "\u2013");
    check::same(tp::brief(980), "980");
    check::same(tp::brief(1'234), "1.2k");
    check::same(tp::brief(34'400), "34k");
    check::same(tp::brief(999'700), "1.0M");
    check::same(tp::brief(5'600'000), "5.6M");
    check::same(tp::shares(200.0), "200");
    check::same(tp::shares(-0.5), "\u22120.5");
    check::same(tp::span_text(60), "1m");
    check::same(tp::span_text(3'600), "1h");
    check::same(tp::span_text(7 * 86'400), "W");
    check::same(tp::clock_text(made::kOpen, false), "09:30");
    check::same(tp::date_text(made::kOpen), "Fri 2 Jan");
}

CASE(zooming_keeps_what_is_under_the_cursor) {
    tp::View view;
    view.grew_to(2'000);
    view.show_last(300);
    view.pan(-700);
    check::that(!view.following());
    for (const double fraction : {0.0, 0.3, 0.9}) {
        const double before = view.left() + view.across() * fraction;
        view.zoom(fraction, 0.7);
        check::that(std::abs(view.left() + view.across() * fraction - before) < 1e-9);
    }
    view.fit();
    check::that(view.left() <= 0.5 && view.left() + view.across() >= 2'000);
    for (int round = 0; round < 100; ++round) {
        view.zoom(0.5, 1.5);
    }
    check::that(view.across() < 2'300, "there is an end to zooming out");
    check::that(view.end() == 2'000 && view.begin() == 0);
}

CASE(a_view_follows_new_bars_only_while_the_newest_is_in_sight) {
    tp::View view;
    view.grew_to(500);
    view.show_last(100);
    const double left = view.left();
    view.grew_to(501);
    check::same(view.left(), left + 1.0);
    view.pan(-200.0);
    const double held = view.left();
    view.grew_to(510);
    check::same(view.left(), held);
    view.pan(1e9);
    check::that(view.following() && view.left() < 510.0, "some bars stay in sight");
    view.pan(-1e9);
    check::that(view.end() > 0);
    view.grew_to(3);
    check::that(view.following() && view.end() == 3);
}

CASE(prices_and_indexes_come_back_from_their_pixels) {
    const tp::PriceScale scale{90.0, 110.0, 20, 401};
    check::same(scale.y(110.0), 20);
    check::same(scale.y(90.0), 420);
    check::that(std::abs(scale.price(scale.y(97.3)) - 97.3) < 0.05);
    check::that(scale.y(1e300) < 0 && scale.y(-1e300) > 420, "far off is far off, not undefined");
    const tp::IndexScale index{100.0, 6.0, 10};
    check::same(index.x(100.0), 10);
    check::same(index.index(16.0), 101.0);
}

CASE(the_price_range_does_not_tremble) {
    tp::PriceRange range;
    check::that(range.hold(100.0, 110.0));
    check::that(!range.hold(100.0, 110.2), "what is inside changes nothing");
    check::that(range.hold(100.0, 112.0), "what leaves it does");
    check::that(range.low() < 100.0 && range.high() > 112.0);
    check::that(range.hold(105.0, 106.0), "so does a small rest");
    check::that(range.hold(50.0, 50.0));
    check::that(range.low() < 50.0 && range.high() > 50.0);
}

CASE(candles_lie_on_whole_pixels_and_leave_gaps) {
    tp::BarStore store;
    for (const tp::Bar& bar : made::bars(200)) {
        store.append(bar);
    }
    const tp::Range span = store.hilo(0, 200);
    const tp::PriceScale price{span.low, span.high, 10, 300};
    tp::CandleRects<Box> rects;
    for (const double step : {1.0, 2.0, 4.0, 6.0, 10.0, 17.0}) {
        tp::lay_candles(store.window(0, 200, 2'000), {0.0, step, 0}, price, 400, 50, rects);
        const std::size_t bodies = step >= 4.0 ? 2 : 1;
        check::same(rects.up.size() + rects.down.size(), 200 * bodies);
        for (const auto* side : {&rects.up, &rects.down}) {
            for (const Box& box : *side) {
                check::that(box.height >= 1 && box.y >= 10 && box.y + box.height <= 310);
                check::that(box.width == 1 || (box.width % 2 == 1 && box.width < step));
            }
        }
        for (const Box& box : rects.up_volume) {
            check::that(box.y >= 350 && box.y + box.height == 400);
        }
    }
}

CASE(labels_are_moved_apart_in_their_order) {
    const std::vector<int> wanted{50, 52, 10, 300, 51};
    const auto placed = tp::spread(wanted, 14, 0, 310);
    check::same(placed[2], 10);
    check::same(placed[0], 50);
    check::that(placed[4] - placed[0] >= 14 && placed[1] - placed[4] >= 14);
    check::that(placed[3] <= 303);
    const auto bottom = tp::spread(std::vector<int>{305, 306, 309}, 14, 0, 310);
    check::that(bottom[0] < bottom[1] && bottom[1] < bottom[2] && bottom[2] <= 303);
    check::that(tp::spread(std::vector<int>{}, 14, 0, 10).empty());
}
