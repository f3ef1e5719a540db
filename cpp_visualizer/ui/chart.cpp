#include "ui/chart.hpp"

#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace tp {

namespace {

constexpr double kZoomStep = 1.2;
/// Pixels a bar takes when a chart is seen first.
constexpr double kFirstStep = 6.0;
constexpr int kSmallLetters = 11;
constexpr int kLetters = 12;
constexpr int kTimeRoom = 4;  // rows of text from one time to the next, across

/// What the widget's own coordinates are to those of the device.
[[nodiscard]] QPointF own_origin(const QPainter& painter) {
    const QPointF origin = painter.deviceTransform().map(QPointF(0.0, 0.0));
    return QPointF(std::round(origin.x()), std::round(origin.y())) - origin;
}

}  // namespace

Chart::Chart(Market& market, Meter& meter, QWidget* parent)
    : QWidget(parent), market_(market), meter_(meter) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAttribute(Qt::WA_NoSystemBackground);
    setMouseTracking(true);
    setMinimumSize(80, 60);
}

void Chart::show_symbol(std::uint16_t id) {
    if (id == symbol_) {
        return;
    }
    symbol_ = id;
    view_ = View{};
    placed_ = false;
    refit_ = true;
    longer_.reset();
    const Listing* const listing = market_.find(id);
    setAccessibleName(listing == nullptr ? QString()
                                         : QString::fromStdString(listing->symbol.name));
    update();
}

void Chart::set_span(std::uint32_t seconds) {
    if (seconds == span_) {
        return;
    }
    span_ = seconds;
    longer_.reset();
    placed_ = false;
    refit_ = true;
    update();
}

void Chart::set_palette(const Palette& palette) {
    if (palette_ != &palette) {
        palette_ = &palette;
        update();
    }
}

void Chart::set_detail(bool detail) {
    if (detail == detail_) {
        return;
    }
    detail_ = detail;
    letters_.reset();
    refit_ = true;
    update();
}

void Chart::set_chosen(bool chosen) {
    if (chosen != chosen_) {
        chosen_ = chosen;
        update();
    }
}

void Chart::set_cross(const std::optional<Cross>& cross) {
    if (cross || cross_) {
        cross_ = cross;
        update();
    }
}

void Chart::fit() {
    view_.fit();
    refit_ = true;
    update();
}

void Chart::zoom(double factor) {
    // Keys zoom about the newest bar where that is in sight.
    view_.zoom(view_.following() ? 1.0 : 0.5, factor);
    refit_ = true;
    update();
}

void Chart::pan(double part_of_width) {
    view_.pan(view_.across() * part_of_width);
    refit_ = true;
    update();
}

void Chart::show_newest() {
    view_.show_last(view_.across() * 0.96);
    refit_ = true;
    update();
}

void Chart::paintEvent(QPaintEvent*) {
    const Metered metered(meter_);
    QPainter painter(this);
    const double ratio = devicePixelRatioF();
    painter.scale(1.0 / ratio, 1.0 / ratio);
    // At a broken scale a widget may begin in the middle of a pixel: lines would blur.
    painter.translate(own_origin(painter));
    painter.setPen(Qt::NoPen);
    draw(Ink(painter, lettering()), (QSizeF(size()) * ratio).toSize());
}

void Chart::draw(const Ink& ink, const QSize& size) {
    ink.box(QRect(QPoint(0, 0), size), palette_->ground);
    Listing* const listing = market_.find(symbol_);
    if (listing == nullptr) {
        return;
    }
    listing->dirty = false;
    const Scene picture = scene(ink, size, *listing);
    scale_ = picture.index;
    paint_grid(ink, picture);
    if (!picture.bars->empty()) {
        paint_candles(ink, picture, scratch_);
        paint_studies(ink, picture, scratch_);
        paint_markers(ink, picture, scratch_);
    }
    paint_levels(ink, picture);
    paint_clock(ink, picture);
    paint_cross(ink, picture);
    paint_head(ink, picture);
    if (chosen_) {
        ink.frame(picture.all, palette_->faint);
    }
}

Scene Chart::scene(const Ink& ink, const QSize& size, Listing& listing) {
    Scene scene;
    scene.market = &market_;
    scene.listing = &listing;
    scene.bars = &followed(listing);
    scene.span = std::max(span_, listing.symbol.span);
    scene.palette = palette_;
    scene.cross = cross_ ? &*cross_ : nullptr;
    scene.detail = detail_;
    place_view(*scene.bars);
    const double dearest = scene.bars->empty() ? 0.0 : scene.bars->bar(scene.bars->size() - 1).high;
    // The charts of a board have axes of one width where their prices allow it.
    const std::string common = fixed(100.0, scene.decimals());
    const int axis = std::max(ink.width(fixed(dearest, scene.decimals())), ink.width(common)) + 14;
    divide(scene, QRect(QPoint(0, 0), size), ink.row(), axis, pane_ids(scene));
    if (!placed_ && !scene.bars->empty()) {
        const double easy = scene.plot.width() / kFirstStep / devicePixelRatioF();
        view_.show_last(
            std::min(bars_ > 0 ? bars_ : easy, static_cast<double>(scene.bars->size())));
        placed_ = true;
    }
    scene.index.left = view_.left();
    scene.index.step = scene.plot.width() / view_.across();
    scene.begin = std::min(view_.begin(), scene.bars->size());
    scene.end = std::min(view_.end(), scene.bars->size());
    right_ = scene.end > 0 ? scene.bars->ts(scene.end - 1) : right_;
    if (scene.begin < scene.end) {
        const Range span = price_span(scene);
        if (refit_) {
            range_.refit(span.low, span.high);
        } else {
            range_.hold(span.low, span.high);
        }
        refit_ = false;
        scale_panes(scene);
    }
    scene.price.low = range_.low();
    scene.price.high = std::max(range_.high(), range_.low() + 1e-9);
    const auto rows = static_cast<std::size_t>(scene.plot.height() / (ink.row() * 5 / 2) + 1);
    scene.prices = price_ticks(scene.price.low, scene.price.high, listing.symbol.tick, rows);
    scene.times =
        time_ticks(*scene.bars, scene.begin, scene.end, ink.row() * kTimeRoom / scene.index.step);
    return scene;
}

/// Bars that were sent anew do not move a view that somebody moved to the past.
void Chart::place_view(const BarStore& bars) {
    if (bars.empty()) {
        return;
    }
    const bool anew = bars.generation() != generation_;
    const bool kept = anew && placed_ && !view_.following();
    generation_ = bars.generation();
    view_.grew_to(bars.size());
    if (kept) {
        view_.end_at(static_cast<double>(bars.at_or_after(right_)));
    }
}

const BarStore& Chart::followed(const Listing& listing) {
    if (span_ <= listing.symbol.span) {
        return listing.bars;
    }
    if (!longer_) {
        longer_.emplace(span_);
    }
    longer_->follow(listing.bars);
    return longer_->bars();
}

Lettering& Chart::lettering() {
    const int size =
        static_cast<int>(std::lround((detail_ ? kLetters : kSmallLetters) * devicePixelRatioF()));
    if (!letters_ || letters_->size() != size) {
        letters_ = std::make_unique<Lettering>(size);
    }
    return *letters_;
}

void Chart::wheelEvent(QWheelEvent* event) {
    const double notches = event->angleDelta().y() / 120.0;
    if (notches == 0.0 || width() == 0) {
        return;
    }
    const double at = scale_.index(event->position().x() * devicePixelRatioF());
    view_.zoom((at - view_.left()) / view_.across(), std::pow(kZoomStep, -notches));
    refit_ = true;
    update();
    event->accept();
}

void Chart::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) {
        dragged_ = event->position();
        emit clicked();
    }
}

void Chart::mouseMoveEvent(QMouseEvent* event) {
    if (dragged_) {
        const double pixels = (dragged_->x() - event->position().x()) * devicePixelRatioF();
        view_.pan(pixels / scale_.step);
        dragged_ = event->position();
        refit_ = true;
        update();
    }
    point_at(event->position());
}

void Chart::mouseReleaseEvent(QMouseEvent*) { dragged_.reset(); }

void Chart::mouseDoubleClickEvent(QMouseEvent*) { fit(); }

void Chart::leaveEvent(QEvent*) { emit pointed(0, 0); }

void Chart::point_at(const QPointF& position) {
    Listing* const listing = market_.find(symbol_);
    if (listing == nullptr) {
        return;
    }
    const BarStore& bars = followed(*listing);
    const QPointF at = position * devicePixelRatioF();
    const double index = std::floor(scale_.index(at.x()));
    if (bars.empty() || index < 0.0) {
        emit pointed(0, 0);
        return;
    }
    const auto bar = std::min(static_cast<std::size_t>(index), bars.size() - 1);
    emit pointed(bars.opened(bar), static_cast<int>(at.y()));
}

}  // namespace tp

#include "moc_chart.cpp"
