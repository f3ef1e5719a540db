// Counts what was lost on the way: frames of a connection are numbered without a hole.
#pragma once

#include <cstdint>

namespace tp {

class Sequence {
  public:
    /// Take note of the next frame's number; true when something is missing before it.
    [[nodiscard]] bool torn_by(std::uint64_t number) noexcept {
        // A frame that belongs to no stream (a refusal) carries no number.
        if (number == 0) {
            return false;
        }
        const bool torn = last_ != 0 && number != last_ + 1;
        last_ = number;
        gaps_ += torn ? 1 : 0;
        return torn;
    }

    /// A new connection counts anew.
    void restart() noexcept { last_ = 0; }

    /// Places so far where frames were missing.
    [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }

  private:
    std::uint64_t last_ = 0;
    std::uint64_t gaps_ = 0;
};

}  // namespace tp
