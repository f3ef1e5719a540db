#include "core/market.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/rows.hpp"

namespace tp {

namespace {

/// Points and markers that are kept of a symbol; the oldest go first.
constexpr std::size_t kMostMarkers = 20'000;
constexpr std::size_t kMostEarly = 4'096;

/// Beyond these nothing is a price or an instant, and sums of them would overflow.
constexpr double kDearest = 1e12;
constexpr std::int64_t kLatest = 4'000'000'000'000'000'000;
constexpr std::uint32_t kLongest = 32 * 86'400;

[[nodiscard]] bool price(double value) noexcept { return std::abs(value) < kDearest; }

[[nodiscard]] bool sound(const Bar& bar) noexcept {
    return price(bar.open) && price(bar.high) && price(bar.low) && price(bar.close) &&
           bar.low <= bar.high && bar.ts > 0 && bar.ts < kLatest && bar.span <= kLongest;
}

/// The volume of a bar that goes on may be unknown.
[[nodiscard]] Bar known(Bar bar) noexcept {
    if (!std::isfinite(bar.volume)) {
        bar.volume = 0.0;
    }
    return bar;
}

void put_point(Listing& listing, StudyPoint point) {
    if (!price(point.value)) {
        point.value = std::numeric_limits<double>::quiet_NaN();
    }
    const std::size_t at = listing.bars.at_or_after(point.ts);
    if (at < listing.bars.size()) {
        listing.studies[{point.study, point.seat}].set(at, point.value);
    } else if (listing.early.size() < kMostEarly) {
        listing.early.push_back(point);
    }
}

/// Points that came before their bar find their place.
void place_early(Listing& listing) {
    std::vector<StudyPoint> waiting;
    waiting.swap(listing.early);
    for (const StudyPoint& point : waiting) {
        put_point(listing, point);
    }
}

void put_marker(Listing& listing, const Marker& marker) {
    auto& all = listing.markers;
    const auto same = std::ranges::find(all, marker.id, &Marker::id);
    if (marker.id != 0 && same != all.end()) {
        *same = marker;
        return;
    }
    all.insert(std::ranges::upper_bound(all, marker.ts, {}, &Marker::ts), marker);
    if (all.size() > kMostMarkers) {
        all.erase(all.begin());
    }
}

void put_line(Listing& listing, const PriceLine& line) {
    auto& all = listing.lines;
    const auto same = std::ranges::find(all, line.key, &PriceLine::key);
    if (!price(line.price)) {
        if (same != all.end()) {
            all.erase(same);
        }
    } else if (same != all.end()) {
        *same = line;
    } else {
        all.push_back(line);
    }
}

}  // namespace

void Market::declare(Table table) {
    std::unordered_map<std::uint16_t, Listing> kept;
    std::set<std::string> named;
    order_.clear();
    std::ranges::stable_sort(table.symbols, {}, &Symbol::id);
    for (Symbol& symbol : table.symbols) {
        const std::uint16_t id = symbol.id;
        const auto known = listings_.find(id);
        const bool stays = known != listings_.end() && known->second.symbol.name == symbol.name;
        Listing& listing = kept[id];
        if (stays) {
            listing = std::move(known->second);
        }
        if (named.insert(symbol.name).second) {
            order_.push_back(id);
        }
        listing.symbol = std::move(symbol);
        listing.dirty = true;
    }
    listings_ = std::move(kept);
    studies_.clear();
    for (const Study& study : table.studies) {
        studies_[study.id] = study;
        if (study.partner != 0) {
            studies_[study.partner] = study;
        }
    }
}

void Market::reset() {
    for (auto& [id, listing] : listings_) {
        listing.bars.clear();
        listing.markers.clear();
        listing.lines.clear();
        listing.studies.clear();
        listing.early.clear();
        listing.quote.reset();
        listing.dirty = true;
    }
    equity_.reset();
}

Effect Market::apply(const Frame& frame) {
    if (frame.type == FrameType::kHeartbeat) {
        return each<Heartbeat>(frame, [&](const Heartbeat& beat) { heartbeat_ = beat; });
    }
    if (frame.type == FrameType::kEquity) {
        return each<EquityPoint>(frame, [&](const EquityPoint& point) { equity_ = point; });
    }
    Listing* const listing = find(frame.symbol);
    return listing == nullptr ? Effect::kIgnored : listed(*listing, frame);
}

Listing* Market::find(std::uint16_t id) noexcept {
    const auto found = listings_.find(id);
    return found == listings_.end() ? nullptr : &found->second;
}

const Study* Market::study(std::uint16_t id) const noexcept {
    const auto found = studies_.find(id);
    return found == studies_.end() ? nullptr : &found->second;
}

Effect Market::listed(Listing& listing, const Frame& frame) {
    listing.dirty = true;
    switch (frame.type) {
        case FrameType::kSnapshot:
            return snapshot(listing, frame);
        case FrameType::kAppend:
        case FrameType::kReplace:
            return bars(listing, frame);
        case FrameType::kMarker:
            return each<Marker>(frame, [&](const Marker& one) { put_marker(listing, one); });
        case FrameType::kPriceLine:
            return each<PriceLine>(frame, [&](const PriceLine& one) { put_line(listing, one); });
        case FrameType::kStudy:
            return each<StudyPoint>(frame, [&](const StudyPoint& one) { put_point(listing, one); });
        case FrameType::kQuote:
            return each<Quote>(frame, [&](const Quote& one) { listing.quote = one; });
        default:
            return Effect::kIgnored;
    }
}

Effect Market::snapshot(Listing& listing, const Frame& frame) {
    listing.bars.clear();
    listing.studies.clear();
    listing.early.clear();
    return bars(listing, frame);
}

Effect Market::bars(Listing& listing, const Frame& frame) {
    const auto rows = Rows<Bar>::in(frame.payload);
    if (!rows) {
        return bad(frame, "no whole number of bars");
    }
    BarStore& store = listing.bars;
    const bool replaces = frame.type == FrameType::kReplace;
    if (replaces && rows->size() != 1) {
        return bad(frame, "not one bar");
    }
    for (std::size_t index = 0; index < rows->size(); ++index) {
        const Bar bar = known((*rows)[index]);
        if (!sound(bar)) {
            return bad(frame, "a bar that cannot be");
        }
        // A bar that goes on may come again as one that is appended.
        const bool same = !store.empty() && (replaces || bar.ts == store.ts(store.size() - 1));
        const std::size_t before = store.size() - (same ? 1 : 0);
        if (before > 0 && bar.ts <= store.ts(before - 1)) {
            return Effect::kTorn;
        }
        if (same) {
            store.replace_last(bar);
        } else {
            store.append(bar);
        }
        ++records_;
    }
    place_early(listing);
    return Effect::kTaken;
}

template <class Record, class Take>
Effect Market::each(const Frame& frame, Take take) {
    const auto rows = Rows<Record>::in(frame.payload);
    if (!rows || rows->size() == 0) {
        return bad(frame, "no whole number of records");
    }
    for (std::size_t index = 0; index < rows->size(); ++index) {
        take((*rows)[index]);
        ++records_;
    }
    return Effect::kTaken;
}

Effect Market::bad(const Frame& frame, const std::string& why) {
    fault_ = "frame " + std::to_string(static_cast<int>(frame.type)) + " of " +
             std::to_string(frame.payload.size()) + " bytes: " + why;
    return Effect::kBad;
}

}  // namespace tp
