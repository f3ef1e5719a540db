// Everything that is known of each symbol, as the frames told it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/bar_store.hpp"
#include "core/frames.hpp"
#include "core/line_store.hpp"
#include "core/table.hpp"

namespace tp {

/// Which study of which seat (a strategy on a symbol).
using StudyKey = std::pair<std::uint16_t, std::uint16_t>;

/// One symbol's share of the market.
struct Listing {
    Symbol symbol;
    BarStore bars;
    std::vector<Marker> markers;  // by ts
    std::vector<PriceLine> lines;
    std::map<StudyKey, LineStore> studies;
    std::vector<StudyPoint> early;  // points of bars that have not come yet
    std::optional<Quote> quote;
    bool dirty = true;
};

/// What a frame came to.
enum class Effect : std::uint8_t {
    kTaken,
    kIgnored,  // of a type or symbol that is not known here
    kTorn,     // it does not go on where the last one ended: a snapshot is needed
    kBad,      // nobody sends such a thing: the stream cannot be trusted
};

class Market {
  public:
    /// Take over the table: what is known of symbols that stay, stays.
    void declare(Table table);
    /// Forget all but the table: other bars follow.
    void reset();

    /// Take in a frame of records; a frame of JSON is none of the market's.
    [[nodiscard]] Effect apply(const Frame& frame);
    /// What was wrong with the last frame that was bad.
    [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

    /// One series of each ticker: the one its markers, lines and studies go with.
    [[nodiscard]] const std::vector<std::uint16_t>& order() const noexcept { return order_; }
    [[nodiscard]] Listing* find(std::uint16_t id) noexcept;
    /// The study that points of `id` belong to, be it as its partner.
    [[nodiscard]] const Study* study(std::uint16_t id) const noexcept;
    [[nodiscard]] const std::optional<Heartbeat>& heartbeat() const noexcept { return heartbeat_; }
    [[nodiscard]] const std::optional<EquityPoint>& equity() const noexcept { return equity_; }
    /// Records taken in so far.
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

  private:
    template <class Record, class Take>
    Effect each(const Frame& frame, Take take);
    Effect bad(const Frame& frame, const std::string& why);

    Effect snapshot(Listing& listing, const Frame& frame);
    Effect bars(Listing& listing, const Frame& frame);
    Effect listed(Listing& listing, const Frame& frame);

    std::unordered_map<std::uint16_t, Listing> listings_;
    std::vector<std::uint16_t> order_;
    std::unordered_map<std::uint16_t, Study> studies_;
    std::optional<Heartbeat> heartbeat_;
    std::optional<EquityPoint> equity_;
    std::uint64_t records_ = 0;
    std::string fault_;
};

}  // namespace tp
