#include "ui/bench.hpp"

#include <QApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <cmath>

namespace tp {

namespace {

[[nodiscard]] double rounded(double milliseconds) { return std::round(milliseconds * 1e3) / 1e3; }

}  // namespace

QByteArray figures(Session& session, const Window& window) {
    Meter& meter = session.meter();
    const QJsonObject told{
        {"frames", static_cast<qint64>(meter.frames())},
        {"cpu_ms_median", rounded(meter.milliseconds(0.5))},
        {"cpu_ms_p99", rounded(meter.milliseconds(0.99))},
        {"records", static_cast<qint64>(session.market().records())},
        {"gaps", static_cast<qint64>(session.gaps())},
        {"width", window.width()},
        {"height", window.height()},
    };
    return QJsonDocument(told).toJson(QJsonDocument::Compact);
}

void draw_all(Session& session, Replay& replay, Window& window) {
    constexpr int kWarmUp = 5;
    int drawn = 0;
    QApplication::processEvents();  // until it is exposed nothing is painted
    while (replay.next_flush()) {
        window.draw_now();
        if (++drawn == kWarmUp) {
            session.meter().clear();
        }
    }
    QApplication::processEvents();
}

}  // namespace tp
