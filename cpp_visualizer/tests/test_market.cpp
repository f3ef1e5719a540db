#include "core/market.hpp"

#include "check.hpp"
#include "core/decoder.hpp"
#include "core/encoder.hpp"
#include "made.hpp"

using tp::Effect;
using tp::FrameType;

namespace {

tp::Market listed() {
    tp::Market market;
    tp::Table table;
    table.symbols.resize(3);
    table.symbols[0].id = 1;
    table.symbols[0].name = "AAPL";
    table.symbols[1].id = 5;
    table.symbols[1].name = "AAPL";
    table.symbols[2].id = 2;
    table.symbols[2].name = "MSFT";
    table.studies.resize(1);
    table.studies[0].id = 4;
    table.studies[0].partner = 9;
    market.declare(std::move(table));
    return market;
}

template <class Record>
Effect tell(tp::Market& market, FrameType type, std::span<const Record> rows,
            std::uint16_t symbol = 1) {
    return market.apply({type, symbol, 1, std::as_bytes(rows)});
}

template <class Record>
Effect tell(tp::Market& market, FrameType type, const Record& row, std::uint16_t symbol = 1) {
    return tell(market, type, std::span<const Record>(&row, 1), symbol);
}

}  // namespace

CASE(slices_of_a_snapshot_are_put_together) {
    tp::Market market = listed();
    const auto bars = made::bars(100);
    const std::span<const tp::Bar> all(bars);
    check::same(tell(market, FrameType::kSnapshot, all.first(60)), Effect::kTaken);
    check::same(tell(market, FrameType::kAppend, all.subspan(60)), Effect::kTaken);
    check::same(market.find(1)->bars.size(), 100U);
    check::same(tell(market, FrameType::kSnapshot, all.first(0)), Effect::kTaken);
    check::that(market.find(1)->bars.empty(), "an empty one is one too");
    check::same(market.records(), 100U);
}

CASE(a_bar_that_goes_on_is_replaced_whichever_way_it_comes) {
    tp::Market market = listed();
    const auto bars = made::bars(3);
    check::same(tell(market, FrameType::kReplace, bars[0]), Effect::kTaken);
    check::same(tell(market, FrameType::kAppend, bars[1]), Effect::kTaken);
    tp::Bar again = bars[1];
    again.close = 77.0;
    again.low = 70.0;
    again.volume = std::nan("");
    check::same(tell(market, FrameType::kAppend, again), Effect::kTaken);
    check::same(market.find(1)->bars.size(), 2U);
    check::same(market.find(1)->bars.bar(1).close, 77.0);
    check::same(market.find(1)->bars.bar(1).volume, 0.0);
}

CASE(bars_out_of_order_ask_for_a_snapshot) {
    tp::Market market = listed();
    const auto bars = made::bars(5);
    check::same(tell(market, FrameType::kAppend, bars[3]), Effect::kTaken);
    check::same(tell(market, FrameType::kAppend, bars[2]), Effect::kTorn);
    check::same(market.find(1)->bars.size(), 1U);
}

CASE(what_no_engine_sends_is_bad) {
    tp::Market market = listed();
    const auto bars = made::bars(2);
    const auto bytes = std::as_bytes(std::span(bars));
    check::same(market.apply({FrameType::kSnapshot, 1, 1, bytes.first(57)}), Effect::kBad);
    check::that(!market.fault().empty());
    check::same(tell(market, FrameType::kReplace, std::span<const tp::Bar>(bars)), Effect::kBad);
    check::same(market.apply({FrameType::kHeartbeat, 0, 1, {}}), Effect::kBad);
    for (const double wrong : {std::nan(""), HUGE_VAL, 1e300}) {
        tp::Bar bar = bars[0];
        bar.high = wrong;
        check::same(tell(market, FrameType::kAppend, bar), Effect::kBad);
    }
    tp::Bar bar = bars[0];
    bar.ts = std::numeric_limits<std::int64_t>::min();
    check::same(tell(market, FrameType::kAppend, bar), Effect::kBad);
}

CASE(what_is_not_known_is_passed_over) {
    tp::Market market = listed();
    const auto bars = made::bars(1);
    check::same(tell(market, FrameType::kAppend, bars[0], 77), Effect::kIgnored);
    check::same(market.apply({static_cast<FrameType>(200), 1, 1, {}}), Effect::kIgnored);
}

CASE(a_ticker_is_listed_once_with_its_lowest_series) {
    tp::Market market = listed();
    check::same(market.order(), (std::vector<std::uint16_t>{1, 2}));
    check::that(market.find(5) != nullptr, "its other series is there all the same");
    check::same(market.study(9)->id, 4);
    check::that(market.study(8) == nullptr);
}

CASE(what_was_known_of_a_symbol_outlives_a_new_table) {
    tp::Market market = listed();
    check::same(tell(market, FrameType::kAppend, made::bars(1)[0]), Effect::kTaken);
    tp::Table table;
    table.symbols.resize(2);
    table.symbols[0].id = 1;
    table.symbols[0].name = "AAPL";
    table.symbols[1].id = 2;
    table.symbols[1].name = "NVDA";
    market.declare(std::move(table));
    check::same(market.find(1)->bars.size(), 1U);
    check::that(market.find(5) == nullptr && market.find(2)->symbol.name == "NVDA");
    market.reset();
    check::that(market.find(1)->bars.empty());
}

CASE(price_lines_come_change_and_go_by_their_keys) {
    tp::Market market = listed();
    tp::PriceLine line{11, 98.5, 200.0, std::nan(""), tp::LineKind::kStop, tp::LineState::kSent,
                       1,  0};
    check::same(tell(market, FrameType::kPriceLine, line), Effect::kTaken);
    line.state = tp::LineState::kWorking;
    check::same(tell(market, FrameType::kPriceLine, line), Effect::kTaken);
    check::same(market.find(1)->lines.size(), 1U);
    check::that(market.find(1)->lines[0].state == tp::LineState::kWorking);
    line.price = std::nan("");
    check::same(tell(market, FrameType::kPriceLine, line), Effect::kTaken);
    check::that(market.find(1)->lines.empty());
}

CASE(markers_are_kept_by_time_and_once_each) {
    tp::Market market = listed();
    const auto marker = [](std::int64_t ts, std::uint32_t id) {
        return tp::Marker{ts, 1.0, 1.0, tp::MarkerKind::kFill, 0, 1, id};
    };
    for (const auto& one : {marker(30, 3), marker(10, 1), marker(20, 2), marker(10, 1)}) {
        check::same(tell(market, FrameType::kMarker, one), Effect::kTaken);
    }
    const auto& all = market.find(1)->markers;
    check::same(all.size(), 3U);
    check::that(all[0].ts == 10 && all[1].ts == 20 && all[2].ts == 30);
}

CASE(points_wait_for_their_bars_and_go_with_them) {
    tp::Market market = listed();
    const auto bars = made::bars(4);
    const tp::StudyPoint point{bars[1].ts, 42.0, 4, 1, 0};
    check::same(tell(market, FrameType::kAppend, bars[0]), Effect::kTaken);
    check::same(tell(market, FrameType::kStudy, point), Effect::kTaken);
    check::that(market.find(1)->studies.empty());
    check::same(tell(market, FrameType::kAppend, bars[1]), Effect::kTaken);
    check::same(market.find(1)->studies.at({4, 1}).value(1), 42.0);
    check::that(std::isnan(market.find(1)->studies.at({4, 1}).value(0)));
    const std::span<const tp::Bar> all(bars);
    check::same(tell(market, FrameType::kSnapshot, all), Effect::kTaken);
    check::that(market.find(1)->studies.empty(), "points go with the bars they belong to");
}
