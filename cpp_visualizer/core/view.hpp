// Which bars a chart shows. Positions are bar indexes with fractions; bar i fills [i, i + 1).
#pragma once

#include <cstddef>

namespace tp {

class View {
  public:
    /// The left edge and how many bars fit across.
    [[nodiscard]] double left() const noexcept { return left_; }
    [[nodiscard]] double across() const noexcept { return across_; }
    /// True while the newest bar is in sight and keeps its place when others come.
    [[nodiscard]] bool following() const noexcept { return following_; }

    /// `count` bars are there now: a view that follows moves on when there are more.
    void grew_to(std::size_t count) noexcept;
    /// Show `factor` times as many bars, with what is at `fraction` of the width staying there.
    void zoom(double fraction, double factor) noexcept;
    /// Move by so many bars, to later ones where positive.
    void pan(double bars) noexcept;
    /// Show all bars.
    void fit() noexcept;
    /// Let the right edge be at `index`, as many bars across as before.
    void end_at(double index) noexcept;
    /// Show the newest `bars`.
    void show_last(double bars) noexcept;

    /// The bars in view, one more at each side: [begin, end).
    [[nodiscard]] std::size_t begin() const noexcept;
    [[nodiscard]] std::size_t end() const noexcept;

  private:
    [[nodiscard]] bool in_sight() const noexcept;
    void settle() noexcept;

    std::size_t count_ = 0;
    double left_ = 0.0;
    double across_ = 120.0;
    bool following_ = true;
};

}  // namespace tp
