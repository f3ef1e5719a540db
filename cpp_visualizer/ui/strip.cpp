#include "ui/strip.hpp"

#include <QAbstractButton>
#include <QFontMetrics>
#include <QHBoxLayout>
#include <QKeySequence>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "ui/board.hpp"

namespace tp {

namespace {

constexpr int kLongestRun = 190;  // pixels

[[nodiscard]] QToolButton* button(const QString& text, const QString& name, const QString& tip,
                                  QWidget* parent) {
    auto* const made = new QToolButton(parent);
    made->setText(text);
    made->setAccessibleName(name);
    made->setToolTip(tip);
    made->setCheckable(true);
    made->setFocusPolicy(Qt::TabFocus);
    return made;
}

[[nodiscard]] QLabel* label(const QString& name, QWidget* parent) {
    auto* const made = new QLabel(parent);
    made->setAccessibleName(name);
    return made;
}

[[nodiscard]] QString milliseconds(double value, int decimals) {
    return std::isfinite(value) ? QString::fromStdString(fixed(value, decimals)) + " ms"
                                : QStringLiteral("unknown");
}

}  // namespace

QColor mode_colour(const QString& mode) {
    if (mode == QLatin1String("LIVE")) {
        return QColor(0xd93a4a);
    }
    if (mode == QLatin1String("PAPER")) {
        return QColor(0x3f9d6a);
    }
    return mode == QLatin1String("REPLAY") ? QColor(0x8a6ad9) : QColor(0x4a5264);
}

Strip::Strip(QWidget* parent)
    : QWidget(parent),
      badge_(label(tr("mode"), this)),
      run_(label(tr("run"), this)),
      engine_(label(tr("engine"), this)),
      clock_(label(tr("engine's clock"), this)),
      symbol_(new QLineEdit(this)),
      spans_(new QButtonGroup(this)),
      counts_(new QButtonGroup(this)) {
    auto* const row = new QHBoxLayout(this);
    row->setContentsMargins(8, 5, 8, 5);
    row->setSpacing(4);
    row->addWidget(badge_);
    row->addSpacing(6);
    row->addWidget(run_);
    row->addSpacing(14);
    row->addWidget(engine_);
    row->addSpacing(14);
    row->addWidget(clock_);
    row->addStretch(1);
    symbol_->setPlaceholderText(tr("symbol"));
    symbol_->setAccessibleName(tr("symbol to go to"));
    symbol_->setToolTip(tr("Go to a symbol (Ctrl+L)"));
    symbol_->setFixedWidth(110);
    row->addWidget(symbol_);
    connect(symbol_, &QLineEdit::returnPressed, this,
            [this] { emit symbol_wanted(symbol_->text()); });
    row->addSpacing(14);
    for (const TimeFrame& frame : kTimeFrames) {
        auto* const made =
            button(frame.name, tr("time frame %1").arg(frame.name),
                   tr("Bars of %1 (%2)").arg(frame.name, QKeySequence(frame.key).toString()), this);
        spans_->addButton(made, static_cast<int>(frame.seconds));
        row->addWidget(made);
    }
    row->addSpacing(14);
    for (const int count : kBoards) {
        auto* const made = button(
            QString::number(count), tr("board of %1").arg(count),
            count == 1 ? tr("One chart (Ctrl+G)") : tr("%1 charts (B: next size)").arg(count),
            this);
        counts_->addButton(made, count);
        row->addWidget(made);
    }
    connect(spans_, &QButtonGroup::idClicked, this,
            [this](int id) { emit span_wanted(static_cast<std::uint32_t>(id)); });
    connect(counts_, &QButtonGroup::idClicked, this, &Strip::count_wanted);
}

void Strip::show_hello(const Hello& hello, const QString& source) {
    const QString mode = hello.mode.isEmpty() ? tr("NO ENGINE") : hello.mode;
    badge_->setText(mode);
    badge_->setStyleSheet(QStringLiteral("background:%1;color:#ffffff;font-weight:bold;"
                                         "padding:2px 8px;border-radius:2px;")
                              .arg(mode_colour(hello.mode).name()));
    const QString run = hello.run.isEmpty() ? source : hello.run;
    const bool special = !hello.account_mode.isEmpty() &&
                         hello.account_mode.compare("normal", Qt::CaseInsensitive) != 0;
    // A long name must not push the buttons out of the window.
    const QString part = run_->fontMetrics().elidedText(run, Qt::ElideMiddle, kLongestRun);
    run_->setText(special ? part + "  " + hello.account_mode.toUpper() : part);
    run_->setToolTip(run);
}

void Strip::show_beat(const Heartbeat& beat) {
    engine_->setText(tr("engine p99 %1   feed %2   queue %3")
                         .arg(milliseconds(beat.loop_p99_ms, 1),
                              milliseconds(std::max(beat.feed_lag_ms, 0.0), 0))
                         .arg(beat.queue));
    clock_->setText(tr("%1 New York").arg(QString::fromStdString(clock_text(beat.ts, true))));
}

void Strip::show_count(int count) {
    if (QAbstractButton* const found = counts_->button(count)) {
        found->setChecked(true);
    }
}

void Strip::show_span(std::uint32_t seconds) {
    if (QAbstractButton* const found = spans_->button(static_cast<int>(seconds))) {
        found->setChecked(true);
    }
}

void Strip::focus_symbol() {
    symbol_->setFocus(Qt::ShortcutFocusReason);
    symbol_->selectAll();
}

}  // namespace tp

#include "moc_strip.cpp"
