// A chart of one symbol: one widget, drawn whole whenever something in it changed.
#pragma once

#include <QWidget>
#include <memory>
#include <optional>

#include "core/market.hpp"
#include "core/meter.hpp"
#include "core/resampled.hpp"
#include "core/view.hpp"
#include "ui/ink.hpp"
#include "ui/layers.hpp"
#include "ui/palette.hpp"
#include "ui/scene.hpp"

namespace tp {

class Chart : public QWidget {
    Q_OBJECT

  public:
    Chart(Market& market, Meter& meter, QWidget* parent);

    /// Show another symbol, 0 for none.
    void show_symbol(std::uint16_t id);
    [[nodiscard]] std::uint16_t symbol() const noexcept { return symbol_; }
    /// Show bars of so many seconds; shorter ones than those that come are not to be had.
    void set_span(std::uint32_t seconds);
    /// How many bars are in view at first; 0 are as many as are easy to read.
    void set_bars(int bars) noexcept { bars_ = bars; }
    void set_palette(const Palette& palette);
    void set_detail(bool detail);
    void set_chosen(bool chosen);
    void set_cross(const std::optional<Cross>& cross);

    void fit();
    void zoom(double factor);
    void pan(double part_of_width);
    void show_newest();

  signals:
    /// The cursor points at the bar that opened then, at this height; 0 when it left.
    void pointed(std::int64_t opened, int y);
    void clicked();

  protected:
    void paintEvent(QPaintEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    [[nodiscard]] Lettering& lettering();
    void place_view(const BarStore& bars);
    [[nodiscard]] Scene scene(const Ink& ink, const QSize& size, Listing& listing);
    void draw(const Ink& ink, const QSize& size);
    const BarStore& followed(const Listing& listing);
    void point_at(const QPointF& position);

    Market& market_;
    Meter& meter_;
    std::uint16_t symbol_ = 0;
    std::uint32_t span_ = 0;  // 0: as they come
    int bars_ = 0;
    std::optional<Resampled> longer_;
    const Palette* palette_ = &live_palette();
    std::optional<Cross> cross_;
    bool detail_ = false;
    bool chosen_ = false;

    View view_;
    bool placed_ = false;           // the view was set for the first bars
    std::uint64_t generation_ = 0;  // of the bars that it was set for
    std::int64_t right_ = 0;        // close of the last bar in view
    PriceRange range_;
    bool refit_ = true;
    std::unique_ptr<Lettering> letters_;
    Scratch scratch_;

    IndexScale scale_;  // of the last picture: what the mouse points into
    std::optional<QPointF> dragged_;
};

}  // namespace tp
