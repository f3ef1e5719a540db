// Bars and streams that tests draw from, the same ones each time.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "core/encoder.hpp"
#include "core/frames.hpp"

namespace made {

inline constexpr std::int64_t kMinute = 60'000'000'000;
/// 2026-01-02 09:30 in New York.
inline constexpr std::int64_t kOpen = 1'767'364'200'000'000'000;

inline std::vector<tp::Bar> bars(std::size_t count, unsigned seed = 7, std::int64_t open = kOpen) {
    std::mt19937 random(seed);
    std::normal_distribution<double> step(0.0, 0.2);
    std::vector<tp::Bar> found;
    double price = 100.0;
    for (std::size_t index = 0; index < count; ++index) {
        const double close = std::max(1.0, price + step(random));
        const double high = std::max(price, close) + std::abs(step(random));
        const double low = std::min(price, close) - std::abs(step(random)) * 0.5;
        found.push_back({open + static_cast<std::int64_t>(index + 1) * kMinute, price, high, low,
                         close, std::floor(1'000.0 * std::abs(step(random))), 60, 0});
        price = close;
    }
    return found;
}

inline void operator+=(tp::Bytes& stream, const tp::Bytes& more) {
    stream.insert(stream.end(), more.begin(), more.end());
}

/// Every kind of record once, of symbol 1, numbered from 1.
inline tp::Bytes stream() {
    const auto all = bars(40);
    const std::span<const tp::Bar> view(all);
    const tp::Marker marker{all[3].ts, 100.25, -200.0, tp::MarkerKind::kFill, 0, 1, 17};
    const tp::PriceLine line{9'000'000'000'000'000'001U, 98.5, 200.0, 97.25, tp::LineKind::kStop,
                             tp::LineState::kReplacing,  2,    0};
    const tp::Heartbeat beat{all[39].ts, 0.25, std::nan(""), 3, 2};
    const tp::StudyPoint point{all[5].ts, 99.5, 1, 2, 0};
    const tp::Quote quote{all[39].ts, 98.07, 300.0, 98.09, 200.0};
    const tp::EquityPoint equity{all[39].ts, 100'016.5, -3.5, 20.0};
    tp::Bytes bytes;
    bytes += tp::packed_rows(tp::FrameType::kSnapshot, view.first(30), 1, 1);
    bytes += tp::packed_rows(tp::FrameType::kAppend, view.subspan(30, 10), 1, 2);
    bytes += tp::packed_rows(tp::FrameType::kReplace, view.last(1), 1, 3);
    bytes += tp::packed_rows(tp::FrameType::kMarker, std::span(&marker, 1), 1, 4);
    bytes += tp::packed_rows(tp::FrameType::kPriceLine, std::span(&line, 1), 1, 5);
    bytes += tp::packed_rows(tp::FrameType::kHeartbeat, std::span(&beat, 1), 0, 6);
    bytes += tp::packed_rows(tp::FrameType::kStudy, std::span(&point, 1), 1, 7);
    bytes += tp::packed_rows(tp::FrameType::kQuote, std::span(&quote, 1), 1, 8);
    bytes += tp::packed_rows(tp::FrameType::kEquity, std::span(&equity, 1), 0, 9);
    return bytes;
}

}  // namespace made
