// Candles and their volume.
#include "ui/layers.hpp"

namespace tp {

void paint_candles(const Ink& ink, const Scene& scene, Scratch& scratch) {
    const auto most = static_cast<std::size_t>(scene.plot.width());
    const Buckets window = scene.bars->window(scene.begin, scene.end, most);
    const int floor = scene.volume.bottom() + 1;
    lay_candles(window, scene.index, scene.price, floor, scene.volume.height() - 2,
                scratch.candles);
    const Palette& colours = *scene.palette;
    ink.boxes(scratch.candles.up_volume, colours.up_volume);
    ink.boxes(scratch.candles.down_volume, colours.down_volume);
    ink.boxes(scratch.candles.up, colours.up);
    ink.boxes(scratch.candles.down, colours.down);
}

}  // namespace tp
