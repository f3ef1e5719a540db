#include "app/options.hpp"

#include <QCommandLineParser>
#include <QStringList>
#include <algorithm>
#include <iterator>

#include "ui/board.hpp"
#include "ui/strip.hpp"

namespace tp {

namespace {

/// The whole number given for `name` within [low, high].
[[nodiscard]] int number(const QCommandLineParser& line, const QString& name, int low, int high,
                         QString& fault) {
    bool read = false;
    const int found = line.value(name).toInt(&read);
    if (!read || found < low || found > high) {
        fault = QStringLiteral("--%1: found \"%2\", expected a number from %3 to %4")
                    .arg(name, line.value(name))
                    .arg(low)
                    .arg(high);
    }
    return found;
}

[[nodiscard]] QSize size_of(const QString& text, QString& fault) {
    const QStringList sides = text.split('x');
    const QSize size(sides.value(0).toInt(), sides.value(1).toInt());
    if (sides.size() != 2 || size.width() < 640 || size.height() < 400 || size.width() > 16'384 ||
        size.height() > 16'384) {
        fault = QStringLiteral("--size: found \"%1\", expected such as 1920x1080").arg(text);
    }
    return size;
}

[[nodiscard]] int span_of(const QString& text, QString& fault) {
    if (text.isEmpty()) {
        return 0;
    }
    const auto found = std::ranges::find_if(
        kTimeFrames, [&](const TimeFrame& frame) { return text == QLatin1String(frame.name); });
    if (found == std::end(kTimeFrames)) {
        fault = QStringLiteral("--span: found \"%1\", expected 1m, 5m, 15m, 1h, D or W").arg(text);
        return 0;
    }
    return static_cast<int>(found->seconds);
}

void declare(QCommandLineParser& line) {
    line.setApplicationDescription("Watches a running tradeplat. It places no orders.");
    line.addHelpOption();
    line.addOptions({
        {"socket", "The engine's control.sock, in the folder of its run.", "path"},
        {"token-file", "The token of the role viewer (default: beside the socket).", "path"},
        {"board", "How many charts: 1, 4, 9, 20 or 40.", "n", "9"},
        {"span", "Time frame: 1m, 5m, 15m, 1h, D or W (default: as they come).", "name"},
        {"bars", "How many bars a chart shows at first; 0: as many as are easy to read.", "n", "0"},
        {"symbol", "The symbol to begin with.", "name"},
        {"fps", "Frames a second, at most 60.", "n", "30"},
        {"size", "The window's size.", "WxH", "1440x900"},
        {"replay", "Frames from a file in place of an engine.", "file"},
        {"speed", "How fast a file is played; 0 is at once.", "times", "1"},
        {"shot", "Write a picture, then end.", "file"},
        {"after", "When to take the picture, or to end --bench at an engine.", "ms", "1000"},
        {"bench", "Print what drawing cost as one line of JSON, then end."},
    });
}

}  // namespace

std::optional<Options> read_options(const QCoreApplication& app, QString& fault) {
    QCommandLineParser line;
    declare(line);
    line.process(app);
    Options options;
    options.socket = line.value("socket");
    options.token_file = line.value("token-file");
    options.replay = line.value("replay");
    options.shot = line.value("shot");
    options.symbol = line.value("symbol");
    options.bench = line.isSet("bench");
    options.size = size_of(line.value("size"), fault);
    options.span = span_of(line.value("span"), fault);
    options.board = number(line, "board", 1, 40, fault);
    options.bars = number(line, "bars", 0, 1'000'000, fault);
    options.fps = number(line, "fps", 1, 60, fault);
    options.after = number(line, "after", 0, 86'400'000, fault);
    bool read = false;
    options.speed = line.value("speed").toDouble(&read);
    if (!read || !(options.speed >= 0.0)) {
        fault = QStringLiteral("--speed: expected a number that is not negative");
    }
    if (std::ranges::find(kBoards, options.board) == std::end(kBoards)) {
        fault = QStringLiteral("--board: found %1, expected 1, 4, 9, 20 or 40").arg(options.board);
    }
    if (options.socket.isEmpty() == options.replay.isEmpty()) {
        fault = QStringLiteral("expected either --socket or --replay");
    }
    if (!line.positionalArguments().isEmpty()) {
        fault = QStringLiteral("found \"%1\", expected options only")
                    .arg(line.positionalArguments().constFirst());
    }
    return fault.isEmpty() ? std::optional(options) : std::nullopt;
}

}  // namespace tp
