// Frames from a file, at the pace they were made or at once.
#pragma once

#include <QByteArray>
#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>
#include <cstdint>
#include <optional>

#include "ui/session.hpp"

namespace tp {

class Replay : public QObject {
    Q_OBJECT

  public:
    /// `speed` times as fast as it was; 0 is all at once.
    Replay(Session& session, double speed, QObject* parent = nullptr);

    /// Read the file; false, with trouble() saying why, when that cannot be done.
    [[nodiscard]] bool open(const QString& path);
    void start();
    /// Take what one drawn frame shows: frames until a symbol's bars would change a second time.
    /// False at the end.
    [[nodiscard]] bool next_flush();

    [[nodiscard]] const QString& trouble() const noexcept { return trouble_; }
    [[nodiscard]] bool ended() const noexcept { return at_ >= bytes_.size(); }

  signals:
    void finished();

  private:
    void go();
    [[nodiscard]] bool take_frame();
    [[nodiscard]] qsizetype frame_size() const;
    void fail();

    Session& session_;
    double speed_;
    QByteArray bytes_;
    qsizetype at_ = 0;
    QTimer timer_;
    QElapsedTimer running_;
    std::optional<std::int64_t> begun_;  // engine time of the first heartbeat
    QString trouble_;
};

}  // namespace tp
