// The command line.
#pragma once

#include <QCoreApplication>
#include <QSize>
#include <QString>
#include <optional>

namespace tp {

struct Options {
    QString socket;
    QString token_file;
    QString replay;
    QString shot;
    QString symbol;
    QSize size{1'440, 900};
    int board = 9;
    int fps = 30;
    int after = 1'000;
    int span = 0;
    int bars = 0;
    double speed = 1.0;
    bool bench = false;
};

/// What was typed; nothing, and why in `fault`, when it makes no sense. --help ends the program.
[[nodiscard]] std::optional<Options> read_options(const QCoreApplication& app, QString& fault);

}  // namespace tp
