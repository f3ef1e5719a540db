// The row above a chart: which symbol, how it stands, and what is under the cursor.
#include <algorithm>
#include <cmath>

#include "core/new_york.hpp"
#include "core/text.hpp"
#include "ui/layers.hpp"

namespace tp {

namespace {

/// The close of the day before: as the engine told, else of the last bar before today, else the
/// first open.
[[nodiscard]] double reference_price(const Scene& scene) {
    if (std::isfinite(scene.listing->symbol.reference)) {
        return scene.listing->symbol.reference;
    }
    const BarStore& bars = *scene.bars;
    const std::size_t last = bars.size() - 1;
    const std::int64_t local = new_york_seconds(bars.opened(last));
    const std::int64_t midnight = utc_of_new_york(local - local % kSecondsPerDay);
    // A bar that closes at midnight belongs to the day before.
    const std::size_t first = std::min(bars.at_or_after(midnight + 1), last);
    return first > 0 ? bars.bar(first - 1).close : bars.bar(first).open;
}

struct Words {
    std::string text;
    QColor colour;
    bool bold = false;
};

/// As many words as fit, the first ones first.
void lay_row(const Ink& ink, const Scene& scene, const std::vector<Words>& words) {
    int x = scene.head.left() + 6;
    for (const Words& one : words) {
        if (x + ink.width(one.text, one.bold) > scene.head.right() - 4) {
            return;
        }
        x += ink.text(x, scene.head.top() + 3, one.text, one.colour, one.bold) + ink.row() * 2 / 3;
    }
}

/// What the studies on the candles say at a bar of the base store.
void add_studies(const Scene& scene, std::size_t base, std::vector<Words>& words) {
    for (const auto& [key, line] : scene.listing->studies) {
        const Study* const study = scene.market->study(key.first);
        const bool named = study != nullptr && study->id == key.first && study->pane == 0;
        if (named && !std::isnan(line.value(base))) {
            const auto other = scene.listing->studies.find({study->partner, key.second});
            const bool alone = other == scene.listing->studies.end();
            const double value = line.value(base);
            const double partner = alone ? value : other->second.value(base);
            std::string text =
                study->name + " " + fixed(std::fmin(value, partner), scene.decimals());
            if (!alone) {
                text += " to " + fixed(std::fmax(value, partner), scene.decimals());
            }
            words.push_back({text, scene.palette->study(study->colour)});
        }
    }
}

[[nodiscard]] std::vector<Words> standing(const Scene& scene) {
    const Palette& colours = *scene.palette;
    const BarStore& bars = *scene.bars;
    const double last = bars.bar(bars.size() - 1).close;
    const double before = reference_price(scene);
    const double change = before != 0.0 ? (last / before - 1.0) * 100.0 : 0.0;
    const bool rises = change >= 0.0;
    std::vector<Words> words{
        {fixed(last, scene.decimals()), colours.last},
        {(rises ? "\u25b2 " : "\u25bc ") + signed_fixed(change, 2) + "\u00a0%",
         rises ? colours.up : colours.down},
    };
    for (const PriceLine& line : scene.listing->lines) {
        if (line.kind == LineKind::kEntry && line.quantity != 0.0) {
            const double gain = (last - line.price) * line.quantity;
            words.push_back({(line.quantity > 0.0 ? "+" : "") + shares(line.quantity) + " @ " +
                                 fixed(line.price, scene.decimals()),
                             colours.text});
            words.push_back({signed_fixed(gain, 2), gain >= 0.0 ? colours.up : colours.down});
        }
    }
    if (scene.detail) {
        const LineStore* longest = nullptr;
        for (const auto& [key, line] : scene.listing->studies) {
            longest = longest == nullptr || line.size() > longest->size() ? &line : longest;
        }
        if (longest != nullptr) {
            add_studies(scene, longest->size() - 1, words);
        }
    }
    return words;
}

[[nodiscard]] std::vector<Words> reading(const Scene& scene, std::size_t index) {
    const Palette& colours = *scene.palette;
    const Bar bar = scene.bars->bar(index);
    const std::int64_t opened = scene.bars->opened(index);
    const int decimals = scene.decimals();
    const QColor& side = bar.close >= bar.open ? colours.up : colours.down;
    const bool daily = scene.span >= kSecondsPerDay;
    std::string when = daily ? date_text(opened) : clock_text(opened, scene.span % 60 != 0);
    if (scene.detail && !daily) {
        when = date_text(opened) + " " + when;
    }
    std::vector<Words> words{{when, colours.text}};
    if (!scene.detail) {
        words.push_back({"C " + fixed(bar.close, decimals), side});
    }
    words.push_back({"O " + fixed(bar.open, decimals), side});
    words.push_back({"H " + fixed(bar.high, decimals), side});
    words.push_back({"L " + fixed(bar.low, decimals), side});
    if (scene.detail) {
        words.push_back({"C " + fixed(bar.close, decimals), side});
    }
    words.push_back({"V " + brief(bar.volume), colours.text});
    if (scene.detail) {
        add_studies(scene, scene.listing->bars.at_or_after(bar.ts), words);
    }
    return words;
}

}  // namespace

void paint_head(const Ink& ink, const Scene& scene) {
    const Palette& colours = *scene.palette;
    std::vector<Words> words{{scene.listing->symbol.name, colours.text, true}};
    if (scene.detail) {
        words.push_back({span_text(scene.span), colours.faint});
    }
    if (scene.bars->empty()) {
        words.push_back({"no bars yet", colours.faint});
    } else {
        const std::size_t under = scene.cross == nullptr
                                      ? scene.bars->size()
                                      : scene.bars->at_or_after(scene.cross->opened + 1);
        const auto more = under < scene.bars->size() ? reading(scene, under) : standing(scene);
        words.insert(words.end(), more.begin(), more.end());
    }
    lay_row(ink, scene, words);
}

void paint_cross(const Ink& ink, const Scene& scene) {
    if (scene.cross == nullptr || scene.bars->empty()) {
        return;
    }
    const Palette& colours = *scene.palette;
    const std::size_t under = scene.bars->at_or_after(scene.cross->opened + 1);
    if (under >= scene.bars->size()) {
        return;
    }
    const int x = scene.index.x(static_cast<double>(under) + 0.5);
    if (x >= scene.plot.left() && x < scene.right()) {
        ink.down(x, scene.plot.top(), scene.bottom(), colours.cross);
    }
    if (!scene.cross->y || !scene.plot.contains(scene.plot.left(), *scene.cross->y)) {
        return;
    }
    const int y = *scene.cross->y;
    ink.across(scene.plot.left(), scene.right(), y, colours.cross);
    ink.tag(QRect(scene.right() + 1, y - ink.row() / 2 - 1, scene.axis.width() - 1, ink.row() + 2),
            fixed(scene.price.price(y), scene.decimals()), colours.cross, colours.dark);
    const std::int64_t opened = scene.bars->opened(under);
    const std::string when =
        scene.span >= kSecondsPerDay ? date_text(opened) : clock_text(opened, false);
    const int wide = ink.width(when) + 10;
    const int left = std::clamp(x - wide / 2, scene.all.left(), scene.right() - wide);
    ink.tag(QRect(left, scene.clock.top() + 1, wide, scene.clock.height() - 1), when, colours.cross,
            colours.dark);
}

}  // namespace tp
