#include "core/decoder.hpp"

#include <random>

#include "check.hpp"
#include "core/encoder.hpp"
#include "core/market.hpp"
#include "core/sequence.hpp"
#include "made.hpp"

using tp::Bytes;
using tp::FrameDecoder;
using tp::FrameType;

namespace {

struct Read {
    FrameType type;
    std::uint16_t symbol;
    std::uint64_t sequence;
    Bytes payload;

    bool operator==(const Read&) const = default;
};

void read_into(FrameDecoder& decoder, std::vector<Read>& found) {
    while (const auto frame = decoder.next()) {
        found.push_back({frame->type, frame->symbol, frame->sequence,
                         Bytes(frame->payload.begin(), frame->payload.end())});
    }
}

std::vector<Read> read(std::span<const std::byte> bytes) {
    FrameDecoder decoder;
    std::vector<Read> found;
    decoder.feed(bytes);
    read_into(decoder, found);
    return found;
}

Bytes with_header(std::uint32_t length, std::uint8_t version) {
    Bytes bytes = tp::packed(FrameType::kReset, {});
    std::memcpy(bytes.data(), &length, sizeof length);
    bytes[5] = std::byte{version};
    return bytes;
}

tp::Market listed() {
    tp::Market market;
    tp::Symbol symbol;
    symbol.id = 1;
    symbol.name = "AAPL";
    market.declare({{symbol}, {}});
    return market;
}

}  // namespace

CASE(frames_are_the_same_wherever_the_bytes_are_split) {
    const Bytes stream = made::stream();
    const auto whole = read(stream);
    check::same(whole.size(), 9U);
    for (std::size_t at = 0; at <= stream.size(); ++at) {
        FrameDecoder decoder;
        std::vector<Read> found;
        decoder.feed(std::span(stream).first(at));
        read_into(decoder, found);
        decoder.feed(std::span(stream).subspan(at));
        read_into(decoder, found);
        check::that(found == whole, "split at " + std::to_string(at));
        check::same(decoder.held(), 0U);
    }
}

CASE(single_bytes_make_frames_too) {
    const Bytes stream = made::stream();
    FrameDecoder decoder;
    std::vector<Read> found;
    for (const std::byte& one : stream) {
        decoder.feed(std::span(&one, 1));
        read_into(decoder, found);
    }
    check::that(found == read(stream));
}

CASE(a_length_is_judged_before_anything_waits_for_it) {
    FrameDecoder decoder;
    decoder.feed(with_header(tp::kMaxFrame + 1, tp::kVersion));
    check::that(!decoder.next().has_value());
    check::same(decoder.error(), "frame: found 16777217 bytes, expected at most 16777216");
    decoder.feed(made::stream());
    check::that(!decoder.next().has_value(), "nothing behind an error is read");
}

CASE(another_version_ends_the_stream) {
    FrameDecoder decoder;
    Bytes bytes = tp::packed(FrameType::kReset, {});
    made::operator+=(bytes, with_header(0, 2));
    decoder.feed(bytes);
    check::that(decoder.next().has_value(), "what came before is whole");
    check::that(!decoder.next().has_value());
    check::same(decoder.error(), "frame: found version 2, expected 1");
}

CASE(the_largest_frame_is_read) {
    const Bytes payload(tp::kMaxFrame);
    const auto found = read(tp::packed(FrameType::kSnapshot, payload));
    check::same(found.size(), 1U);
    check::same(found.at(0).payload.size(), tp::kMaxFrame);
}

CASE(mutated_streams_never_break_the_reader) {
    const Bytes sound = made::stream();
    std::mt19937 random(11);
    const auto below = [&](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
    };
    for (int round = 0; round < 3'000; ++round) {
        Bytes bytes = sound;
        for (std::size_t change = below(6) + 1; change > 0; --change) {
            const std::size_t at = below(bytes.size());
            switch (below(3)) {
                case 0:
                    bytes[at] = static_cast<std::byte>(below(256));
                    break;
                case 1:
                    bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
                    break;
                default:
                    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                 static_cast<std::byte>(below(256)));
            }
        }
        FrameDecoder decoder;
        tp::Market market = listed();
        bool sane = true;
        for (std::size_t at = 0; at < bytes.size() && sane;) {
            const std::size_t part = std::min(below(200) + 1, bytes.size() - at);
            decoder.feed(std::span(bytes).subspan(at, part));
            at += part;
            while (sane) {
                const auto frame = decoder.next();
                if (!frame) {
                    break;
                }
                sane = market.apply(*frame) != tp::Effect::kBad;
            }
        }
        const tp::BarStore& bars = market.find(1)->bars;
        for (std::size_t index = 1; index < bars.size(); ++index) {
            check::that(bars.ts(index) > bars.ts(index - 1), "bars stay in order");
        }
        check::that(sane || !market.fault().empty());
    }
}

CASE(missing_numbers_are_counted_once_each) {
    tp::Sequence sequence;
    check::that(!sequence.torn_by(5), "a stream may begin anywhere");
    check::that(!sequence.torn_by(6));
    check::that(sequence.torn_by(9));
    check::that(!sequence.torn_by(0), "a frame without a number tears nothing");
    check::that(!sequence.torn_by(10));
    check::that(sequence.torn_by(10), "one that comes twice is no stream either");
    sequence.restart();
    check::that(!sequence.torn_by(1));
    check::same(sequence.gaps(), 2U);
}
