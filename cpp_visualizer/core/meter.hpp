// CPU time of frames: the newest few thousand, for a median and a p99.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tp {

/// CPU time of this thread in ns; what other processes do does not count.
[[nodiscard]] inline std::int64_t thread_cpu() noexcept {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

class Meter {
  public:
    /// Count towards the frame that is being made.
    void add(std::int64_t ns) noexcept { open_ += ns; }

    /// The frame is whole. One that cost nothing was none.
    void frame() {
        if (open_ == 0) {
            return;
        }
        if (samples_.size() < kMost) {
            samples_.push_back(open_);
        } else {
            samples_[frames_ % kMost] = open_;
        }
        ++frames_;
        open_ = 0;
    }

    /// What counts towards the frame that is being made so far.
    [[nodiscard]] std::int64_t open() const noexcept { return open_; }

    void clear() noexcept {
        samples_.clear();
        frames_ = 0;
        open_ = 0;
    }

    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }

    /// Milliseconds that a `part` of the newest frames did not pass: 0.5 is the median.
    [[nodiscard]] double milliseconds(double part) const {
        if (samples_.empty()) {
            return 0.0;
        }
        std::vector<std::int64_t> sorted(samples_);
        std::ranges::sort(sorted);
        const auto last = static_cast<double>(sorted.size() - 1);
        return static_cast<double>(sorted[static_cast<std::size_t>(last * part + 0.5)]) / 1e6;
    }

  private:
    static constexpr std::size_t kMost = 4'096;

    std::vector<std::int64_t> samples_;
    std::uint64_t frames_ = 0;
    std::int64_t open_ = 0;
};

/// Adds what a scope costs to a meter.
class Metered {
  public:
    explicit Metered(Meter& meter) noexcept : meter_(meter), begun_(thread_cpu()) {}
    ~Metered() { meter_.add(thread_cpu() - begun_); }
    Metered(const Metered&) = delete;
    Metered& operator=(const Metered&) = delete;

  private:
    Meter& meter_;
    std::int64_t begun_;
};

}  // namespace tp
