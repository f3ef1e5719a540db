// Cuts a stream of bytes into frames.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/frames.hpp"

namespace tp {

/// Holds never more than one frame that is not whole and what came with it. The first thing wrong
/// with the stream ends it: nothing behind it can be trusted.
class FrameDecoder {
  public:
    explicit FrameDecoder(std::size_t limit = kMaxFrame) noexcept : limit_(limit) {}

    /// Take in bytes as they came; what next() answered before is void.
    void feed(std::span<const std::byte> bytes);

    /// The next whole frame, valid until feed(); nothing when bytes are missing or after an error.
    [[nodiscard]] std::optional<Frame> next();

    /// What was wrong with the stream, empty while nothing is.
    [[nodiscard]] const std::string& error() const noexcept { return error_; }

    /// Bytes that are not part of a whole frame yet.
    [[nodiscard]] std::size_t held() const noexcept { return held_.size() - at_; }

  private:
    [[nodiscard]] std::string judged(const Header& header) const;

    std::size_t limit_;
    std::vector<std::byte> held_;
    std::size_t at_ = 0;
    std::string error_;
};

}  // namespace tp
