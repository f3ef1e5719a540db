#include "ui/window.hpp"

#include <QApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMessageBox>
#include <QPainter>
#include <QShortcut>
#include <QVBoxLayout>
#include <algorithm>
#include <iterator>

#include "core/text.hpp"

namespace tp {

namespace {

constexpr int kFrame = 3;  // pixels of the mode's frame around everything
constexpr int kFiguresMs = 500;

constexpr const char* kStyle = R"(
tp--Window { background: #12151d; }
tp--Strip { background: #191d27; }
QLabel { color: #d5d8de; }
QLineEdit { background: #12151d; color: #d5d8de; border: 2px solid #2b3242; padding: 2px 4px; }
QLineEdit:focus { border-color: #5aa9ff; }
QToolButton { color: #d5d8de; background: #222836; border: 2px solid #222836; padding: 2px 6px; }
QToolButton:checked { background: #35507a; border-color: #35507a; }
QToolButton:disabled { color: #6a7282; }
QToolButton:focus { border-color: #5aa9ff; }
QToolTip { color: #12151d; background: #d5d8de; border: 0; }
)";

}  // namespace

Window::Window(Session& session, Link* link, QString source, int count, int fps)
    : session_(session),
      link_(link),
      source_(std::move(source)),
      strip_(new Strip(this)),
      banner_(new QLabel(this)),
      board_(new Board(session.market(), session.meter(), this)),
      page_(new QLabel(this)),
      figures_(new QLabel(this)) {
    setStyleSheet(kStyle);
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(kFrame, kFrame, kFrame, kFrame);
    column->setSpacing(0);
    column->addWidget(strip_);
    column->addWidget(banner_);
    column->addWidget(board_, 1);
    auto* const foot = new QHBoxLayout;
    foot->setContentsMargins(8, 3, 8, 3);
    foot->addWidget(page_);
    foot->addStretch(1);
    foot->addWidget(figures_);
    column->addLayout(foot);
    banner_->hide();
    banner_->setAlignment(Qt::AlignCenter);
    strip_->show_hello(session.hello(), source_);
    board_->set_count(count);
    add_keys();
    connect(&session, &Session::told, this, [this] {
        strip_->show_hello(session_.hello(), source_);
        setWindowTitle(tr("%1 – tradeplat viewer").arg(session_.hello().mode));
        update();
    });
    connect(&session, &Session::relisted, board_, &Board::relist);
    connect(&session, &Session::beat, this,
            [this] { strip_->show_beat(*session_.market().heartbeat()); });
    connect(board_, &Board::changed, this, &Window::tell);
    connect(strip_, &Strip::count_wanted, board_, &Board::set_count);
    connect(strip_, &Strip::span_wanted, board_, &Board::set_span);
    connect(strip_, &Strip::symbol_wanted, this, [this](const QString& name) {
        if (board_->choose(name)) {
            board_->setFocus();
        }
    });
    if (link_ != nullptr) {
        connect(link_, &Link::changed, this, &Window::show_freshness);
    }
    connect(&frames_, &QTimer::timeout, this, &Window::tick);
    connect(&figures_due_, &QTimer::timeout, this, &Window::tell);
    frames_.start(1'000 / fps);
    figures_due_.start(kFiguresMs);
    show_freshness();
    board_->setFocusPolicy(Qt::StrongFocus);
    board_->setFocus();
}

void Window::tick() {
    session_.meter().frame();
    // A window that nobody sees costs nothing.
    if (isVisible() && !isMinimized()) {
        board_->refresh();
    }
}

void Window::draw_now() {
    Meter& meter = session_.meter();
    const std::int64_t painted = meter.open();
    const std::int64_t begun = thread_cpu();
    board_->refresh();
    // What is dirty is painted now rather than when the platform next asks for it.
    QEvent now(QEvent::UpdateRequest);
    QApplication::sendEvent(this, &now);
    // Painting counted itself; what Qt does around it is part of a frame too.
    meter.add(thread_cpu() - begun - (meter.open() - painted));
    meter.frame();
}

void Window::show_trouble(const QString& trouble) {
    trouble_ = trouble;
    show_freshness();
}

void Window::tell() {
    const auto& order = session_.market().order();
    const int symbols = static_cast<int>(order.size());
    const int shown = static_cast<int>(board_->shown().size());
    page_->setText(tr("%1 of %2 symbols, page %3 of %4")
                       .arg(shown)
                       .arg(symbols)
                       .arg(board_->page() + 1)
                       .arg(board_->pages()));
    Meter& meter = session_.meter();
    figures_->setText(
        tr("frame %1 ms (p99 %2)   %3 records   %4 gaps   F11 keys")
            .arg(meter.milliseconds(0.5), 0, 'f', 1)
            .arg(meter.milliseconds(0.99), 0, 'f', 1)
            .arg(QString::fromStdString(brief(static_cast<double>(session_.market().records()))))
            .arg(session_.gaps()));
    strip_->show_count(board_->count());
    const Listing* const first = order.empty() ? nullptr : session_.market().find(order.front());
    strip_->show_span(std::max(board_->span(), first == nullptr ? 60 : first->symbol.span));
}

void Window::show_freshness() {
    const Freshness now = link_ == nullptr ? Freshness::kLive : link_->freshness();
    const bool lost = now == Freshness::kLost || !trouble_.isEmpty();
    QString words = trouble_;
    if (now == Freshness::kLate) {
        words =
            tr("No heartbeat for %1 s: what is shown may be old").arg(link_->silent(), 0, 'f', 1);
    } else if (now == Freshness::kLost) {
        words = tr("Engine lost %1 s ago (%2): asking again each second")
                    .arg(link_->silent(), 0, 'f', 0)
                    .arg(link_->trouble());
    } else if (now == Freshness::kWaiting) {
        words = link_->trouble().isEmpty()
                    ? tr("Waiting for the engine")
                    : tr("Waiting for the engine (%1)").arg(link_->trouble());
    }
    banner_->setVisible(!words.isEmpty());
    banner_->setText(words);
    banner_->setStyleSheet(lost ? "background:#b3263a;color:#ffffff;padding:4px;"
                                : "background:#ffcc4d;color:#12151d;padding:4px;");
    board_->set_stale(now == Freshness::kLate || now == Freshness::kLost);
}

void Window::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), QColor(0x191d27));
    const QColor colour = mode_colour(session_.hello().mode);
    painter.fillRect(0, 0, width(), kFrame, colour);
    painter.fillRect(0, height() - kFrame, width(), kFrame, colour);
    painter.fillRect(0, 0, kFrame, height(), colour);
    painter.fillRect(width() - kFrame, 0, kFrame, height(), colour);
}

}  // namespace tp

#include "moc_window.cpp"
