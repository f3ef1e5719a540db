// What strategies compute beside the bars: lines, histograms, dots, on the candles or in a pane.
#include <QPen>
#include <cmath>

#include "core/text.hpp"
#include "ui/layers.hpp"

namespace tp {

namespace {

struct Target {
    const QRect& area;
    const PriceScale& scale;
};

void flush(const Ink& ink, QList<QPointF>& points) {
    if (points.size() > 1) {
        ink.painter().drawPolyline(points);
    }
    points.clear();
}

/// A bucket of one bar is a point, one of more a stroke from its low to its high.
void draw_line(const Ink& ink, const Scene& scene, const LineStore& line, const Target& target,
               const QColor& colour, Scratch& scratch) {
    const auto [begin, end] = base_range(scene);
    const auto part = line.window(begin, end, static_cast<std::size_t>(scene.plot.width()));
    const double bars = static_cast<double>(std::size_t{1} << part.level);
    auto& points = scratch.points;
    points.clear();
    ink.painter().setPen(QPen(colour, 1.0));
    for (std::size_t at = 0; at < part.buckets.size(); ++at) {
        const auto& bucket = part.buckets[at];
        if (std::isnan(bucket.low)) {
            flush(ink, points);
            continue;
        }
        const std::size_t base = (part.first + at) << part.level;
        const double index = shown_index(scene, base);
        const bool same = scene.bars == &scene.listing->bars;
        const int x = scene.index.x(index + (same ? bars : 1.0) * 0.5);
        if (part.level > 0) {
            points.append(QPointF(x, target.scale.y(bucket.high)));
            points.append(QPointF(x, target.scale.y(bucket.low)));
        }
        points.append(QPointF(x, target.scale.y(bucket.last)));
    }
    flush(ink, points);
    ink.painter().setPen(Qt::NoPen);
}

void draw_boxes(const Ink& ink, const Scene& scene, const LineStore& line, const Target& target,
                bool dots, const QColor& colour, Scratch& scratch) {
    const auto [begin, end] = base_range(scene);
    const auto part = line.window(begin, end, static_cast<std::size_t>(scene.plot.width()));
    const double bars = static_cast<double>(std::size_t{1} << part.level);
    const int wide = std::max(1, body_width(bars * scene.index.step));
    const int zero = target.scale.y(0.0);
    scratch.rects.clear();
    for (std::size_t at = 0; at < part.buckets.size(); ++at) {
        const auto& bucket = part.buckets[at];
        if (std::isnan(bucket.low)) {
            continue;
        }
        const double index = shown_index(scene, (part.first + at) << part.level);
        const int x = scene.index.x(index + bars * 0.5);
        if (dots) {
            scratch.rects.emplace_back(x - 1, target.scale.y(bucket.last) - 1, 3, 3);
            continue;
        }
        const int high = target.scale.y(std::max(bucket.high, 0.0));
        const int low = target.scale.y(std::min(bucket.low, 0.0));
        scratch.rects.emplace_back(x - wide / 2, high, wide, std::max(1, low - high));
    }
    ink.boxes(scratch.rects, colour);
    if (!dots) {
        ink.across(target.area.left(), target.area.right() + 1, zero, scene.palette->border);
    }
}

const Pane* pane_of(const Scene& scene, const std::string& name) {
    for (const Pane& pane : scene.panes) {
        if (pane.name == name) {
            return &pane;
        }
    }
    return nullptr;
}

/// A pane names its studies and their newest values in their colours.
void name_pane(const Ink& ink, const Scene& scene, const Pane& pane) {
    int x = pane.area.left() + 6;
    for (const auto& [key, line] : scene.listing->studies) {
        const Study* const study = scene.market->study(key.first);
        if (study == nullptr || study->pane != pane.name || line.size() == 0) {
            continue;
        }
        const std::string words = study->name + " " + fixed(line.value(line.size() - 1), 2);
        if (x + ink.width(words) < pane.area.right()) {
            x += ink.text(x, pane.area.top() + 2, words, scene.palette->study(study->colour)) +
                 ink.row() / 2;
        }
    }
}

}  // namespace

void paint_studies(const Ink& ink, const Scene& scene, Scratch& scratch) {
    for (const auto& [key, line] : scene.listing->studies) {
        const Study* const study = scene.market->study(key.first);
        const bool on_price = study == nullptr || study->pane == "price";
        const Pane* const pane = on_price ? nullptr : pane_of(scene, study->pane);
        if (!on_price && pane == nullptr) {
            continue;
        }
        const Target target =
            on_price ? Target{scene.plot, scene.price} : Target{pane->area, pane->scale};
        const QColor colour =
            study == nullptr ? scene.palette->faint : scene.palette->study(study->colour);
        const StudyKind kind = study == nullptr ? StudyKind::kLine : study->kind;
        ink.painter().setClipRect(target.area);
        if (kind == StudyKind::kHistogram || kind == StudyKind::kMarker) {
            draw_boxes(ink, scene, line, target, kind == StudyKind::kMarker, colour, scratch);
        } else {
            draw_line(ink, scene, line, target, colour, scratch);
        }
    }
    ink.painter().setClipping(false);
    for (const Pane& pane : scene.panes) {
        name_pane(ink, scene, pane);
    }
}

}  // namespace tp
