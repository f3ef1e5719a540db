// The row above the board: which mode this is, how the engine is, and what the board shows.
#pragma once

#include <QButtonGroup>
#include <QLabel>
#include <QLineEdit>
#include <QWidget>
#include <cstdint>

#include "core/frames.hpp"
#include "ui/json.hpp"

namespace tp {

/// A time frame with its key; 0 seconds are the bars as they come.
struct TimeFrame {
    std::uint32_t seconds;
    const char* name;
    int key;
};

inline constexpr TimeFrame kTimeFrames[] = {
    {60, "1m", Qt::Key_F1},    {300, "5m", Qt::Key_F2},   {900, "15m", Qt::Key_F3},
    {3'600, "1h", Qt::Key_F4}, {86'400, "D", Qt::Key_F5}, {604'800, "W", Qt::Key_F6},
};

/// The colour of a mode's frame and badge.
[[nodiscard]] QColor mode_colour(const QString& mode);

class Strip : public QWidget {
    Q_OBJECT

  public:
    explicit Strip(QWidget* parent);

    void show_hello(const Hello& hello, const QString& source);
    void show_beat(const Heartbeat& beat);
    void show_count(int count);
    void show_span(std::uint32_t seconds);
    void focus_symbol();

  signals:
    void count_wanted(int count);
    void span_wanted(std::uint32_t seconds);
    void symbol_wanted(const QString& name);

  private:
    QLabel* badge_;
    QLabel* run_;
    QLabel* engine_;
    QLabel* clock_;
    QLineEdit* symbol_;
    QButtonGroup* spans_;
    QButtonGroup* counts_;
};

}  // namespace tp
