// Colours of the charts: safe for red-green blindness, text at least 4.5 to 1 on the ground.
#pragma once

#include <QColor>

namespace tp {

struct Palette {
    QColor ground;
    QColor grid;
    QColor border;
    QColor day;  // the line where a day begins
    QColor text;
    QColor faint;  // labels of the axes
    QColor up;
    QColor down;
    QColor up_volume;
    QColor down_volume;
    QColor last;
    QColor entry;
    QColor stop;
    QColor target;
    QColor working;
    QColor cross;
    QColor dark;  // text on a filled tag
    bool grey;    // studies lose their colours too

    [[nodiscard]] QColor study(std::uint32_t rgb) const {
        const QColor colour = QColor::fromRgb(rgb);
        const int level = 70 + qGray(colour.rgb()) * 2 / 5;
        return grey ? QColor(level, level, level) : colour;
    }
};

[[nodiscard]] inline const Palette& live_palette() {
    static const Palette palette{QColor(0x12151d), QColor(0x1c212c), QColor(0x2b3242),
                                 QColor(0x333c50), QColor(0xd5d8de), QColor(0x8f98a8),
                                 QColor(0x5aa9ff), QColor(0xff9a4d), QColor(0x274a72),
                                 QColor(0x70482c), QColor(0xffcc4d), QColor(0xe6e9ef),
                                 QColor(0xff8fa3), QColor(0x7fd6b0), QColor(0xb9a7ff),
                                 QColor(0x9aa3b5), QColor(0x12151d), false};
    return palette;
}

/// The same picture without colours: what it shows may no longer be true.
[[nodiscard]] inline const Palette& stale_palette() {
    static const Palette palette{QColor(0x16171a), QColor(0x202226), QColor(0x303236),
                                 QColor(0x36383d), QColor(0x8d9095), QColor(0x6a6d72),
                                 QColor(0x85888d), QColor(0x55585d), QColor(0x36383c),
                                 QColor(0x2a2c30), QColor(0x9a9da2), QColor(0x96999e),
                                 QColor(0x8a8d92), QColor(0x8a8d92), QColor(0x8a8d92),
                                 QColor(0x75787d), QColor(0x16171a), true};
    return palette;
}

}  // namespace tp
