// The layers of a chart, from the ground up. Each draws one kind of thing of a scene.
#pragma once

#include <QRect>
#include <vector>

#include "core/candles.hpp"
#include "ui/ink.hpp"
#include "ui/scene.hpp"

namespace tp {

/// Memory that is kept between frames.
struct Scratch {
    CandleRects<QRect> candles;
    std::vector<QRect> rects;
    QList<QPointF> points;
};

void paint_grid(const Ink& ink, const Scene& scene);
void paint_candles(const Ink& ink, const Scene& scene, Scratch& scratch);
void paint_studies(const Ink& ink, const Scene& scene, Scratch& scratch);
void paint_markers(const Ink& ink, const Scene& scene, Scratch& scratch);
/// Entry, stop, target and working orders, the last price, and the axis they have tags on.
void paint_levels(const Ink& ink, const Scene& scene);
void paint_clock(const Ink& ink, const Scene& scene);
void paint_cross(const Ink& ink, const Scene& scene);
void paint_head(const Ink& ink, const Scene& scene);

}  // namespace tp
