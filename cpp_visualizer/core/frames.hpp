// Frames and records of the link, the twin of control/protocol.py and control/records.py.
//
// All is packed and little endian. Every record below is naturally aligned without padding, so
// its bytes on the wire are its bytes in memory.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tp {

static_assert(std::endian::native == std::endian::little, "the link is little endian");

inline constexpr std::size_t kHeaderSize = 16;
inline constexpr std::size_t kMaxFrame = std::size_t{16} << 20;
inline constexpr std::uint8_t kVersion = 1;

/// Revision of a bar that has not closed yet.
inline constexpr std::uint32_t kForming = 0xFFFFFFFF;

enum class FrameType : std::uint8_t {
    kHello = 1,
    kSymbols = 2,
    kSnapshot = 3,
    kAppend = 4,
    kReplace = 5,
    kMarker = 6,
    kPriceLine = 7,
    kHeartbeat = 8,
    kReset = 9,
    kStudy = 10,
    kQuote = 11,
    kEquity = 12,
    kAnswer = 69,
    kLogin = 71,
};

/// What precedes each payload.
struct Header {
    std::uint32_t length;
    std::uint8_t type;
    std::uint8_t version;
    std::uint16_t symbol;
    std::uint64_t sequence;
};
static_assert(sizeof(Header) == kHeaderSize);

/// One frame; `symbol` names an entry of the symbol table, 0 where none is meant.
struct Frame {
    FrameType type;
    std::uint16_t symbol;
    std::uint64_t sequence;
    std::span<const std::byte> payload;
};

/// A bar; `ts` is its close in UTC ns, `span` seconds.
struct Bar {
    std::int64_t ts;
    double open;
    double high;
    double low;
    double close;
    double volume;
    std::uint32_t span;
    std::uint32_t revision;
};
static_assert(sizeof(Bar) == 56);

enum class MarkerKind : std::uint8_t { kFill, kEntry, kExit, kHalt, kResume, kNote };

/// A fill or another event at a price; `quantity` is signed, 0 where nothing traded.
struct Marker {
    std::int64_t ts;
    double price;
    double quantity;
    MarkerKind kind;
    std::uint8_t flags;
    std::uint16_t seat;
    std::uint32_t id;
};
static_assert(sizeof(Marker) == 32);

enum class LineKind : std::uint8_t { kEntry, kStop, kTarget, kWorking };
enum class LineState : std::uint8_t { kSent, kWorking, kReplacing };

/// A level; `key` names it for good and a nan `price` removes it. `reference` is the average
/// entry of its position, nan for none.
struct PriceLine {
    std::uint64_t key;
    double price;
    double quantity;
    double reference;
    LineKind kind;
    LineState state;
    std::uint16_t seat;
    std::uint32_t reserved;
};
static_assert(sizeof(PriceLine) == 40);

/// How the engine is; a lag that nobody knows is nan.
struct Heartbeat {
    std::int64_t ts;
    double loop_p99_ms;
    double feed_lag_ms;
    std::uint32_t queue;
    std::uint32_t clients;
};
static_assert(sizeof(Heartbeat) == 32);

/// A point of a study; a nan `value` is a gap.
struct StudyPoint {
    std::int64_t ts;
    double value;
    std::uint16_t study;
    std::uint16_t seat;
    std::uint32_t reserved;
};
static_assert(sizeof(StudyPoint) == 24);

/// The newest bid and ask.
struct Quote {
    std::int64_t ts;
    double bid;
    double bid_size;
    double ask;
    double ask_size;
};
static_assert(sizeof(Quote) == 40);

/// A point of the account's curve.
struct EquityPoint {
    std::int64_t ts;
    double equity;
    double realised;
    double open;
};
static_assert(sizeof(EquityPoint) == 32);

}  // namespace tp
