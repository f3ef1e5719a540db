#include "core/decoder.hpp"

#include <cstring>

namespace tp {

void FrameDecoder::feed(std::span<const std::byte> bytes) {
    if (!error_.empty()) {
        return;
    }
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
    held_.insert(held_.end(), bytes.begin(), bytes.end());
}

std::optional<Frame> FrameDecoder::next() {
    if (!error_.empty() || held() < kHeaderSize) {
        return std::nullopt;
    }
    Header header;
    std::memcpy(&header, held_.data() + at_, kHeaderSize);
    error_ = judged(header);
    // Only a length that was judged is added to anything.
    if (!error_.empty() || held() - kHeaderSize < header.length) {
        return std::nullopt;
    }
    const std::span payload(held_.data() + at_ + kHeaderSize, header.length);
    at_ += kHeaderSize + header.length;
    return Frame{static_cast<FrameType>(header.type), header.symbol, header.sequence, payload};
}

std::string FrameDecoder::judged(const Header& header) const {
    if (header.version != kVersion) {
        return "frame: found version " + std::to_string(header.version) + ", expected " +
               std::to_string(kVersion);
    }
    if (header.length > limit_) {
        return "frame: found " + std::to_string(header.length) + " bytes, expected at most " +
               std::to_string(limit_);
    }
    return {};
}

}  // namespace tp
