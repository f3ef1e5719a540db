// The connection to an engine: shows the token, reads, and comes back each second when it is lost.
#pragma once

#include <QElapsedTimer>
#include <QLocalSocket>
#include <QObject>
#include <QString>
#include <QTimer>
#include <memory>

#include "core/encoder.hpp"
#include "ui/session.hpp"

namespace tp {

/// How much of what is shown can be relied on.
enum class Freshness { kWaiting, kLive, kLate, kLost };

class Link : public QObject {
    Q_OBJECT

  public:
    /// `token_file` empty: beside the socket, where the engine leaves it.
    Link(Session& session, QString socket, QString token_file, QObject* parent = nullptr);
    ~Link() override;

    void start();

    [[nodiscard]] Freshness freshness() const;
    /// Seconds since the engine was heard last, 0 where it never was.
    [[nodiscard]] double silent() const;
    /// Why there is no connection, empty while there is one.
    [[nodiscard]] const QString& trouble() const noexcept { return trouble_; }

  signals:
    void changed();

  private:
    void dial();
    void login();
    void read();
    void lost(const QString& why);
    void refuse(const QString& code);
    void watch();
    void ask_snapshot();
    void send(const Bytes& bytes);
    [[nodiscard]] QString address();

    Session& session_;
    QString socket_path_;
    QString token_file_;
    QLocalSocket socket_;
    QTimer again_;
    QTimer watch_;
    QElapsedTimer heard_;
    QElapsedTimer asked_;
    QElapsedTimer dialled_;
    QString trouble_;
    QByteArray refused_token_;
    QByteArray token_;
    Freshness shown_ = Freshness::kWaiting;
    int folder_ = -1;  // descriptor through which a long path is reached
};

}  // namespace tp
