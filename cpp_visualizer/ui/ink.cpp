#include "ui/ink.hpp"

#include <algorithm>

namespace tp {

namespace {

constexpr qsizetype kMostKept = 1'024;

[[nodiscard]] QFont face(int size, bool bold) {
    QFont font(QStringLiteral("DejaVu Sans"));
    font.setPixelSize(size);
    font.setBold(bold);
    return font;
}

}  // namespace

Lettering::Lettering(int size)
    : size_(size),
      plain_(face(size, false)),
      bold_(face(size, true)),
      plain_metrics_(plain_),
      bold_metrics_(bold_),
      row_(plain_metrics_.height()) {}

const Lettering::Laid& Lettering::laid(const std::string& text, bool bold) {
    QByteArray key(text.data(), static_cast<qsizetype>(text.size()));
    key.append(bold ? '\1' : '\0');
    const auto found = known_.constFind(key);
    if (found != known_.constEnd()) {
        return *found;
    }
    if (known_.size() >= kMostKept) {
        known_.clear();
    }
    const QString words = QString::fromStdString(text);
    QStaticText laid(words);
    laid.setTextFormat(Qt::PlainText);
    laid.setPerformanceHint(QStaticText::AggressiveCaching);
    laid.prepare(QTransform(), font(bold));
    const int width = (bold ? bold_metrics_ : plain_metrics_).horizontalAdvance(words);
    return *known_.insert(key, {laid, width});
}

void Ink::boxes(const std::vector<QRect>& rects, const QColor& colour) const {
    if (rects.empty()) {
        return;
    }
    painter_.setBrush(colour);
    painter_.drawRects(rects.data(), static_cast<int>(rects.size()));
}

void Ink::frame(const QRect& rect, const QColor& colour) const {
    across(rect.left(), rect.right() + 1, rect.top(), colour);
    across(rect.left(), rect.right() + 1, rect.bottom(), colour);
    down(rect.left(), rect.top(), rect.bottom() + 1, colour);
    down(rect.right(), rect.top(), rect.bottom() + 1, colour);
}

void Ink::across(int left, int right, int y, const QColor& colour) const {
    painter_.fillRect(left, y, right - left, 1, colour);
}

void Ink::down(int x, int top, int bottom, const QColor& colour) const {
    painter_.fillRect(x, top, 1, bottom - top, colour);
}

void Ink::dashed(int left, int right, int y, int on, int off, const QColor& colour) const {
    for (int x = left; x < right; x += on + off) {
        painter_.fillRect(x, y, std::min(on, right - x), 1, colour);
    }
}

int Ink::text(int x, int y, const std::string& text, const QColor& colour, bool bold) const {
    const Lettering::Laid& laid = letters_.laid(text, bold);
    painter_.setFont(letters_.font(bold));
    painter_.setPen(colour);
    painter_.drawStaticText(x, y, laid.text);
    painter_.setPen(Qt::NoPen);
    return laid.width;
}

int Ink::width(const std::string& text, bool bold) const { return letters_.laid(text, bold).width; }

void Ink::tag(const QRect& rect, const std::string& text, const QColor& fill,
              const QColor& colour) const {
    box(rect, fill);
    const int wide = width(text);
    this->text(rect.left() + (rect.width() - wide) / 2, rect.top() + (rect.height() - row()) / 2,
               text, colour);
}

}  // namespace tp
