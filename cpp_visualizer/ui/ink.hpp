// Draws boxes and text in pixels of the device, which are whole at any scale of the screen.
#pragma once

#include <QFont>
#include <QFontMetrics>
#include <QHash>
#include <QPainter>
#include <QStaticText>
#include <QString>
#include <string>
#include <vector>

namespace tp {

/// Text that was laid out once is kept: laying out costs more than drawing.
class Lettering {
  public:
    /// Letters `size` device pixels high.
    explicit Lettering(int size);

    [[nodiscard]] int size() const noexcept { return size_; }
    [[nodiscard]] int row() const noexcept { return row_; }
    [[nodiscard]] const QFont& font(bool bold) const noexcept { return bold ? bold_ : plain_; }

    struct Laid {
        QStaticText text;
        int width;
    };
    [[nodiscard]] const Laid& laid(const std::string& text, bool bold);

  private:
    int size_;
    QFont plain_;
    QFont bold_;
    QFontMetrics plain_metrics_;
    QFontMetrics bold_metrics_;
    int row_;
    QHash<QByteArray, Laid> known_;
};

class Ink {
  public:
    Ink(QPainter& painter, Lettering& letters) noexcept : painter_(painter), letters_(letters) {}

    [[nodiscard]] QPainter& painter() const noexcept { return painter_; }
    [[nodiscard]] int row() const noexcept { return letters_.row(); }

    void box(const QRect& rect, const QColor& colour) const { painter_.fillRect(rect, colour); }
    void boxes(const std::vector<QRect>& rects, const QColor& colour) const;
    void frame(const QRect& rect, const QColor& colour) const;
    void across(int left, int right, int y, const QColor& colour) const;
    void down(int x, int top, int bottom, const QColor& colour) const;
    /// Dashes of `on` pixels with gaps of `off`.
    void dashed(int left, int right, int y, int on, int off, const QColor& colour) const;

    /// Text whose row begins at `y`; answers how wide it is.
    int text(int x, int y, const std::string& text, const QColor& colour, bool bold = false) const;
    [[nodiscard]] int width(const std::string& text, bool bold = false) const;
    /// Text on a filled ground, `y` being its middle.
    void tag(const QRect& rect, const std::string& text, const QColor& fill,
             const QColor& colour) const;

  private:
    QPainter& painter_;
    Lettering& letters_;
};

}  // namespace tp
