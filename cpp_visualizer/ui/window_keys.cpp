// Keys of the window, as in the GUI's views. None of them sends anything to the engine.
#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QShortcut>
#include <algorithm>
#include <iterator>

#include "ui/window.hpp"

namespace tp {

namespace {

[[nodiscard]] int next_count(int count, int step) {
    const auto found = std::ranges::find(kBoards, count);
    const auto sizes = static_cast<int>(std::size(kBoards));
    const int place = static_cast<int>(found - std::begin(kBoards)) + step;
    return kBoards[(place + sizes) % sizes];
}

}  // namespace

void Window::key(const QKeySequence& sequence, const QString& what, auto act) {
    auto* const shortcut = new QShortcut(sequence, this);
    connect(shortcut, &QShortcut::activated, this, act);
    sheet_ << QStringLiteral("<tr><td>%1</td><td>%2</td></tr>")
                  .arg(sequence.toString(QKeySequence::NativeText).toHtmlEscaped(), what);
}

void Window::add_keys() {
    for (const TimeFrame& frame : kTimeFrames) {
        const std::uint32_t seconds = frame.seconds;
        key(frame.key, tr("bars of %1").arg(frame.name),
            [this, seconds] { board_->set_span(seconds); });
    }
    key(Qt::CTRL | Qt::Key_G, tr("board or one chart"), [this] { board_->toggle_detail(); });
    key(Qt::CTRL | Qt::Key_Up, tr("previous symbol"), [this] { board_->step(-1); });
    key(Qt::CTRL | Qt::Key_Down, tr("next symbol"), [this] { board_->step(1); });
    key(Qt::CTRL | Qt::Key_L, tr("go to the symbol field"), [this] { strip_->focus_symbol(); });
    key(Qt::Key_PageUp, tr("previous page"), [this] { board_->turn(-1); });
    key(Qt::Key_PageDown, tr("next page"), [this] { board_->turn(1); });
    key(Qt::Key_F11, tr("this sheet"), [this] { show_sheet(); });
    sheet_ << tr("<tr><td>B, Shift+B</td><td>next or previous size of the board</td></tr>")
           << tr("<tr><td>Left, Right</td><td>earlier or later bars</td></tr>")
           << tr("<tr><td>+, &#8722;</td><td>zoom in or out</td></tr>")
           << tr("<tr><td>F, double click</td><td>fit all bars</td></tr>")
           << tr("<tr><td>End</td><td>newest bars</td></tr>")
           << tr("<tr><td>Enter</td><td>the chosen chart alone</td></tr>");
}

/// Keys that also mean something in a text field are taken only where none has the focus.
void Window::keyPressEvent(QKeyEvent* event) {
    Chart* const chart = board_->chosen();
    if (chart == nullptr || QApplication::focusWidget() != board_) {
        QWidget::keyPressEvent(event);
        return;
    }
    const bool back = event->modifiers().testFlag(Qt::ShiftModifier);
    switch (event->key()) {
        case Qt::Key_Left:
            return chart->pan(-0.1);
        case Qt::Key_Right:
            return chart->pan(0.1);
        case Qt::Key_Plus:
        case Qt::Key_Equal:
            return chart->zoom(1.0 / 1.2);
        case Qt::Key_Minus:
            return chart->zoom(1.2);
        case Qt::Key_F:
            return chart->fit();
        case Qt::Key_End:
            return chart->show_newest();
        case Qt::Key_Return:
        case Qt::Key_Enter:
            return board_->toggle_detail();
        case Qt::Key_B:
            return board_->set_count(next_count(board_->count(), back ? -1 : 1));
        default:
            QWidget::keyPressEvent(event);
    }
}

void Window::show_sheet() {
    auto* const sheet = new QLabel(this, Qt::Tool);
    sheet->setAttribute(Qt::WA_DeleteOnClose);
    sheet->setWindowTitle(tr("Keys"));
    sheet->setTextFormat(Qt::RichText);
    sheet->setStyleSheet("background:#191d27;color:#d5d8de;padding:12px;");
    sheet->setText("<table cellspacing='6'>" + sheet_.join(QString()) + "</table>");
    sheet->show();
}

}  // namespace tp
