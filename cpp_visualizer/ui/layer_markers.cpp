// Fills, signals and halts at the instants they happened.
#include <QPolygon>
#include <algorithm>

#include "core/text.hpp"
#include "ui/layers.hpp"

namespace tp {

namespace {

/// More than so many would be a carpet: then each pixel column carries one stroke.
constexpr std::ptrdiff_t kMostShapes = 200;

[[nodiscard]] bool buys(const Marker& marker) noexcept {
    return marker.quantity > 0.0 || (marker.quantity == 0.0 && marker.kind == MarkerKind::kEntry);
}

/// A triangle whose tip is at the price: below it pointing up for what was bought, above it
/// pointing down for what was sold. A signal is an outline.
void draw_arrow(const Ink& ink, const Scene& scene, const Marker& marker, int x) {
    const bool up = buys(marker);
    const int y = scene.price.y(marker.price);
    const int size = std::max(4, ink.row() * (scene.detail ? 5 : 3) / 12);
    const int away = up ? size + 2 : -size - 2;
    const QPolygon shape({{x, y}, {x - size, y + away}, {x + size, y + away}});
    QPainter& painter = ink.painter();
    const bool filled = marker.kind == MarkerKind::kFill;
    const QColor& colour = up ? scene.palette->up : scene.palette->down;
    painter.setPen(filled ? scene.palette->ground : colour);
    painter.setBrush(filled ? QBrush(colour.lighter(130)) : QBrush(scene.palette->ground));
    painter.drawPolygon(shape);
    painter.setPen(Qt::NoPen);
}

/// A halt and what ends it run through the whole height.
void draw_stop(const Ink& ink, const Scene& scene, const Marker& marker, int x) {
    for (int y = scene.plot.top(); y < scene.plot.bottom(); y += 6) {
        ink.box(QRect(x, y, 1, 3), scene.palette->last);
    }
    const char* const word = marker.kind == MarkerKind::kHalt ? "halt" : "resumed";
    const int wide = ink.width(word);
    const int left = x + 3 + wide < scene.right() ? x + 3 : x - 3 - wide;
    ink.text(left, scene.plot.bottom() - ink.row(), word, scene.palette->last);
}

void draw_note(const Ink& ink, const Scene& scene, const Marker& marker, int x) {
    ink.box(QRect(x - 2, scene.price.y(marker.price) - 2, 5, 5), scene.palette->text);
}

void draw(const Ink& ink, const Scene& scene, const Marker& marker, int x) {
    switch (marker.kind) {
        case MarkerKind::kHalt:
        case MarkerKind::kResume:
            return draw_stop(ink, scene, marker, x);
        case MarkerKind::kFill:
        case MarkerKind::kEntry:
        case MarkerKind::kExit:
            return draw_arrow(ink, scene, marker, x);
        default:
            return draw_note(ink, scene, marker, x);
    }
}

}  // namespace

void paint_markers(const Ink& ink, const Scene& scene, Scratch& scratch) {
    const auto& all = scene.listing->markers;
    if (all.empty() || scene.begin >= scene.end) {
        return;
    }
    const auto first =
        std::ranges::lower_bound(all, scene.bars->opened(scene.begin), {}, &Marker::ts);
    const auto last =
        std::ranges::upper_bound(first, all.end(), scene.bars->ts(scene.end - 1), {}, &Marker::ts);
    const bool crowded = last - first > kMostShapes;
    scratch.rects.clear();
    ink.painter().setClipRect(scene.plot);
    for (auto marker = first; marker != last; ++marker) {
        const auto index = static_cast<double>(scene.bars->at_or_after(marker->ts));
        const int x = scene.index.x(index + 0.5);
        if (!crowded) {
            draw(ink, scene, *marker, x);
        } else if (scratch.rects.empty() || scratch.rects.back().x() != x) {
            scratch.rects.emplace_back(x, scene.price.y(marker->price) - 3, 1, 7);
        }
    }
    ink.boxes(scratch.rects, scene.palette->text);
    ink.painter().setClipping(false);
}

}  // namespace tp
