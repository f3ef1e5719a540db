// What strategies compute beside the bars: lines, bands, histograms, dots, on the candles or below.
#include <QPen>
#include <cmath>

#include "core/text.hpp"
#include "ui/layers.hpp"

namespace tp {

namespace {

/// One study of one seat, where it is drawn.
struct Plotted {
    const Study& study;
    const LineStore& line;
    const LineStore* partner;
    QRect area;
    PriceScale scale;
    QColor colour;
};

/// Where a bucket is across: bars [begin, end) of the time frame that is shown.
struct Stretch {
    double begin;
    double end;
};

[[nodiscard]] LineStore::Part visible(const Scene& scene, const LineStore& line) {
    const auto [begin, end] = base_range(scene);
    return line.window(begin, end, static_cast<std::size_t>(scene.plot.width()));
}

[[nodiscard]] Stretch stretch_of(const Scene& scene, const LineStore::Part& part, std::size_t at) {
    const std::size_t base = (part.first + at) << part.level;
    const double begin = shown_index(scene, base);
    const std::size_t last = base + (std::size_t{1} << part.level) - 1;
    const bool same = scene.bars == &scene.listing->bars;
    return {begin, same ? static_cast<double>(last) + 1.0 : begin + 1.0};
}

void flush(const Ink& ink, QList<QPointF>& points) {
    if (points.size() > 1) {
        ink.painter().drawPolyline(points);
    }
    points.clear();
}

/// A bucket of one bar is a point, or a stair; one of more is a stroke from its low to its high.
void draw_line(const Ink& ink, const Scene& scene, const LineStore& line, const Plotted& plotted,
               Scratch& scratch) {
    const auto part = visible(scene, line);
    auto& points = scratch.points;
    points.clear();
    ink.painter().setPen(QPen(plotted.colour, 1.0));
    // Smooth lines cost more than all else: only a large chart has them.
    ink.painter().setRenderHint(QPainter::Antialiasing, scene.detail);
    for (std::size_t at = 0; at < part.buckets.size(); ++at) {
        const auto& bucket = part.buckets[at];
        if (std::isnan(bucket.low)) {
            flush(ink, points);
            continue;
        }
        const Stretch stretch = stretch_of(scene, part, at);
        const int y = plotted.scale.y(bucket.last);
        if (plotted.study.kind == StudyKind::kStep) {
            points.append(QPointF(scene.index.x(stretch.begin), y));
            points.append(QPointF(scene.index.x(stretch.end), y));
            continue;
        }
        const int x = scene.index.x((stretch.begin + stretch.end) * 0.5);
        if (part.level > 0) {
            points.append(QPointF(x, plotted.scale.y(bucket.high)));
            points.append(QPointF(x, plotted.scale.y(bucket.low)));
        }
        points.append(QPointF(x, y));
    }
    flush(ink, points);
    ink.painter().setRenderHint(QPainter::Antialiasing, false);
    ink.painter().setPen(Qt::NoPen);
}

/// The ground between a study and its partner, a column a bar.
void draw_between(const Ink& ink, const Scene& scene, const Plotted& plotted, Scratch& scratch) {
    if (plotted.partner == nullptr) {
        return;
    }
    const auto one = visible(scene, plotted.line);
    const auto other = visible(scene, *plotted.partner);
    scratch.rects.clear();
    // Both end with the same bar unless one has just begun: what has no other side is left out.
    for (std::size_t at = 0; at < std::min(one.buckets.size(), other.buckets.size()); ++at) {
        const double low = std::fmin(one.buckets[at].low, other.buckets[at].low);
        const double high = std::fmax(one.buckets[at].high, other.buckets[at].high);
        const bool whole = !std::isnan(one.buckets[at].low) && !std::isnan(other.buckets[at].low);
        if (one.level != other.level || !whole) {
            continue;
        }
        const Stretch stretch = stretch_of(scene, one, at);
        const int left = scene.index.x(stretch.begin);
        const int top = plotted.scale.y(high);
        scratch.rects.emplace_back(left, top, std::max(1, scene.index.x(stretch.end) - left),
                                   plotted.scale.y(low) - top + 1);
    }
    QColor ground = plotted.colour;
    ground.setAlpha(36);
    ink.boxes(scratch.rects, ground);
    if (plotted.study.kind == StudyKind::kBand) {
        draw_line(ink, scene, plotted.line, plotted, scratch);
        draw_line(ink, scene, *plotted.partner, plotted, scratch);
    }
}

void draw_histogram(const Ink& ink, const Scene& scene, const Plotted& plotted, Scratch& scratch) {
    const auto part = visible(scene, plotted.line);
    scratch.rects.clear();
    for (std::size_t at = 0; at < part.buckets.size(); ++at) {
        const auto& bucket = part.buckets[at];
        if (std::isnan(bucket.low)) {
            continue;
        }
        const Stretch stretch = stretch_of(scene, part, at);
        const int left = scene.index.x(stretch.begin);
        const int wide = scene.index.x(stretch.end) - left;
        const int high = plotted.scale.y(std::max(bucket.high, 0.0));
        const int low = plotted.scale.y(std::min(bucket.low, 0.0));
        scratch.rects.emplace_back(left, high, std::max(1, wide > 3 ? wide - 1 : wide),
                                   std::max(1, low - high));
    }
    ink.boxes(scratch.rects, plotted.colour);
    ink.across(plotted.area.left(), plotted.area.right() + 1, plotted.scale.y(0.0),
               scene.palette->border);
}

void draw_dots(const Ink& ink, const Scene& scene, const Plotted& plotted, Scratch& scratch) {
    const auto part = visible(scene, plotted.line);
    const int size = plotted.study.kind == StudyKind::kMarker ? 5 : 3;
    scratch.rects.clear();
    for (std::size_t at = 0; at < part.buckets.size(); ++at) {
        const auto& bucket = part.buckets[at];
        if (!std::isnan(bucket.low)) {
            const Stretch stretch = stretch_of(scene, part, at);
            const int x = scene.index.x((stretch.begin + stretch.end) * 0.5);
            scratch.rects.emplace_back(x - size / 2, plotted.scale.y(bucket.last) - size / 2, size,
                                       size);
        }
    }
    ink.boxes(scratch.rects, plotted.colour);
}

void draw(const Ink& ink, const Scene& scene, const Plotted& plotted, Scratch& scratch) {
    ink.painter().setClipRect(plotted.area);
    switch (plotted.study.kind) {
        case StudyKind::kHistogram:
            return draw_histogram(ink, scene, plotted, scratch);
        case StudyKind::kDots:
        case StudyKind::kMarker:
            return draw_dots(ink, scene, plotted, scratch);
        case StudyKind::kBand:
        case StudyKind::kBox:
            return draw_between(ink, scene, plotted, scratch);
        default:
            return draw_line(ink, scene, plotted.line, plotted, scratch);
    }
}

/// A pane names its studies and their newest values in their colours.
void name_pane(const Ink& ink, const Scene& scene, const Pane& pane) {
    int x = pane.area.left() + 6;
    for (const auto& [key, line] : scene.listing->studies) {
        const Study* const study = scene.market->study(key.first);
        if (study == nullptr || study->pane != pane.id || study->id != key.first ||
            line.size() == 0) {
            continue;
        }
        const std::string words = study->name + " " + fixed(line.value(line.size() - 1), 2);
        if (x + ink.width(words) < pane.area.right()) {
            x += ink.text(x, pane.area.top() + 2, words, scene.palette->study(study->colour)) +
                 ink.row() / 2;
        }
    }
}

/// Where a study is drawn: nothing when there is no room for its pane.
[[nodiscard]] const Pane* pane_of(const Scene& scene, int id, const Pane& candles) {
    if (id == 0) {
        return &candles;
    }
    for (const Pane& pane : scene.panes) {
        if (pane.id == id) {
            return &pane;
        }
    }
    return nullptr;
}

}  // namespace

void paint_studies(const Ink& ink, const Scene& scene, Scratch& scratch) {
    const Pane candles{0, scene.plot, scene.price};
    const auto& all = scene.listing->studies;
    for (const auto& [key, line] : all) {
        const Study* const study = scene.market->study(key.first);
        // A partner is drawn with the one it belongs to.
        if (study == nullptr || study->id != key.first) {
            continue;
        }
        const Pane* const pane = pane_of(scene, study->pane, candles);
        const auto partner = all.find({study->partner, key.second});
        if (pane != nullptr) {
            draw(ink, scene,
                 {*study, line, partner == all.end() ? nullptr : &partner->second, pane->area,
                  pane->scale, scene.palette->study(study->colour)},
                 scratch);
        }
    }
    ink.painter().setClipping(false);
    for (const Pane& pane : scene.panes) {
        name_pane(ink, scene, pane);
    }
}

}  // namespace tp
