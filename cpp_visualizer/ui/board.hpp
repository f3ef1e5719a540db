// A page of charts side by side, or one of them large.
#pragma once

#include <QWidget>
#include <cstddef>
#include <vector>

#include "core/market.hpp"
#include "core/meter.hpp"
#include "ui/chart.hpp"

namespace tp {

/// How many charts a board may hold.
inline constexpr int kBoards[] = {1, 4, 9, 20, 40};

class Board : public QWidget {
    Q_OBJECT

  public:
    Board(Market& market, Meter& meter, QWidget* parent);

    /// Show so many charts, one of kBoards; the chosen symbol stays in sight.
    void set_count(int count);
    [[nodiscard]] int count() const noexcept { return count_; }
    /// Between the chosen chart alone and the board as it was.
    void toggle_detail();

    /// The table changed: show its symbols.
    void relist();
    /// Choose the symbol so many places on.
    void step(int places);
    /// Show the page so many pages on.
    void turn(int pages);
    /// Choose a symbol by its name; false when there is none.
    [[nodiscard]] bool choose(const QString& name);

    void set_span(std::uint32_t seconds);
    [[nodiscard]] std::uint32_t span() const noexcept { return span_; }
    /// How many bars charts show at first; 0 are as many as are easy to read.
    void set_bars(int bars);
    void set_stale(bool stale);

    /// Repaint what changed and is visible, once; the caller bounds how often.
    void refresh();

    [[nodiscard]] Chart* chosen() const noexcept;
    [[nodiscard]] std::vector<Chart*> shown() const;
    [[nodiscard]] int page() const noexcept;
    [[nodiscard]] int pages() const noexcept;

  signals:
    void changed();

  protected:
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    void fill();
    void arrange();
    void point(Chart& from, std::int64_t opened, int y);
    Chart& added();

    Market& market_;
    Meter& meter_;
    std::vector<Chart*> charts_;  // children: Qt ends them
    int count_ = 9;
    int before_detail_ = 9;
    std::size_t chosen_ = 0;  // place in the market's order
    std::uint32_t span_ = 0;
    int bars_ = 0;
    bool stale_ = false;
};

}  // namespace tp
