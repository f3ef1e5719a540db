// Frames as bytes: what the viewer says to the engine, and what tests say to the viewer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/frames.hpp"

namespace tp {

using Bytes = std::vector<std::byte>;

/// A frame around `payload`.
[[nodiscard]] inline Bytes packed(FrameType type, std::span<const std::byte> payload,
                                  std::uint16_t symbol = 0, std::uint64_t sequence = 0) {
    const Header header{static_cast<std::uint32_t>(payload.size()), static_cast<std::uint8_t>(type),
                        kVersion, symbol, sequence};
    Bytes bytes(kHeaderSize + payload.size());
    std::memcpy(bytes.data(), &header, kHeaderSize);
    if (!payload.empty()) {
        std::memcpy(bytes.data() + kHeaderSize, payload.data(), payload.size());
    }
    return bytes;
}

/// A frame of text, which is JSON.
[[nodiscard]] inline Bytes packed_text(FrameType type, std::string_view text,
                                       std::uint16_t symbol = 0, std::uint64_t sequence = 0) {
    return packed(type, std::as_bytes(std::span(text)), symbol, sequence);
}

/// A frame of records.
template <class Record>
requires std::is_trivially_copyable_v<Record>
[[nodiscard]] Bytes packed_rows(FrameType type, std::span<const Record> rows,
                                std::uint16_t symbol = 0, std::uint64_t sequence = 0) {
    return packed(type, std::as_bytes(rows), symbol, sequence);
}

}  // namespace tp
