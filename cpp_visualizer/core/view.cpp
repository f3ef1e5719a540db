#include "core/view.hpp"

#include <algorithm>
#include <cmath>

namespace tp {

namespace {

constexpr double kFewest = 8.0;
/// Part of the width that stays free behind the newest bar.
constexpr double kMargin = 0.04;

}  // namespace

void View::grew_to(std::size_t count) noexcept {
    if (count == count_) {
        return;
    }
    const bool fewer = count < count_;
    const std::size_t more = fewer ? 0 : count - count_;
    count_ = count;
    if (fewer) {
        show_last(across_ * (1.0 - kMargin));
    } else if (following_) {
        left_ += static_cast<double>(more);
    }
}

void View::zoom(double fraction, double factor) noexcept {
    const double most = std::max(kFewest, static_cast<double>(count_) * 1.1 + kFewest);
    const double across = std::clamp(across_ * factor, kFewest, most);
    left_ += (across_ - across) * std::clamp(fraction, 0.0, 1.0);
    across_ = across;
    settle();
    following_ = in_sight();
}

void View::pan(double bars) noexcept {
    left_ += bars;
    settle();
    following_ = in_sight();
}

void View::end_at(double index) noexcept {
    left_ = index - across_;
    settle();
    following_ = in_sight();
}

void View::fit() noexcept { show_last(std::max(kFewest, static_cast<double>(count_))); }

void View::show_last(double bars) noexcept {
    across_ = std::max(kFewest, bars) / (1.0 - kMargin);
    left_ = static_cast<double>(count_) - across_ * (1.0 - kMargin);
    following_ = true;
}

std::size_t View::begin() const noexcept {
    return static_cast<std::size_t>(std::max(0.0, std::floor(left_) - 1.0));
}

std::size_t View::end() const noexcept {
    const double last = std::ceil(left_ + across_) + 1.0;
    return std::min(count_, static_cast<std::size_t>(std::max(0.0, last)));
}

bool View::in_sight() const noexcept { return left_ + across_ >= static_cast<double>(count_); }

void View::settle() noexcept {
    // Some bars are always in sight.
    const double count = static_cast<double>(count_);
    const double some = std::min(count, across_ * 0.2);
    left_ = std::clamp(left_, some - across_, count - some);
}

}  // namespace tp
