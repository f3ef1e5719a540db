// Grid, days, and the row of times below them.
#include "core/text.hpp"
#include "ui/layers.hpp"

namespace tp {

void paint_grid(const Ink& ink, const Scene& scene) {
    const Palette& colours = *scene.palette;
    for (const double price : scene.prices.at) {
        ink.across(scene.plot.left(), scene.right(), scene.price.y(price), colours.grid);
    }
    for (const TimeTick& tick : scene.times) {
        const int x = scene.index.x(static_cast<double>(tick.index) + (tick.day ? 0.0 : 0.5));
        if (x >= scene.plot.left() && x < scene.right()) {
            ink.down(x, scene.plot.top(), scene.bottom(), tick.day ? colours.day : colours.grid);
        }
    }
    ink.across(scene.plot.left(), scene.right(), scene.volume.bottom() + 1, colours.border);
    for (const Pane& pane : scene.panes) {
        ink.across(scene.all.left(), scene.right(), pane.area.top() - 1, colours.border);
    }
    ink.down(scene.right(), scene.plot.top(), scene.bottom(), colours.border);
    ink.across(scene.all.left(), scene.all.right() + 1, scene.bottom(), colours.border);
}

void paint_clock(const Ink& ink, const Scene& scene) {
    int free = scene.all.left() + 2;
    for (const TimeTick& tick : scene.times) {
        const int middle = scene.index.x(static_cast<double>(tick.index) + 0.5);
        const int wide = ink.width(tick.text, tick.day);
        const int left = middle - wide / 2;
        // One that is cut by the edge, or by its neighbour, says nothing.
        if (left < free || left + wide > scene.right() - 2) {
            continue;
        }
        ink.text(left, scene.clock.top() + 2, tick.text,
                 tick.day ? scene.palette->text : scene.palette->faint, tick.day);
        free = left + wide + ink.row() / 2;
    }
}

}  // namespace tp
