// An engine as far as a viewer sees it: a socket that greets whoever shows the token.
#pragma once

#include <QByteArray>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalServer>
#include <QLocalSocket>
#include <QTemporaryDir>
#include <vector>

#include "core/decoder.hpp"
#include "made.hpp"

class Engine {
  public:
    Engine() {
        set_token("the token");
        QObject::connect(&server_, &QLocalServer::newConnection, [this] { came(); });
        open();
    }

    void open() { server_.listen(folder_.filePath("control.sock")); }
    void close() {
        drop();
        server_.close();
    }
    void drop() {
        if (client_ != nullptr) {
            client_->abort();
            client_ = nullptr;
        }
    }

    [[nodiscard]] QString socket() const { return folder_.filePath("control.sock"); }
    void set_token(const QByteArray& token, QFile::Permissions who = QFile::ReadOwner) {
        const QString path = folder_.filePath("control.viewer.token");
        QFile::remove(path);
        QFile file(path);
        if (file.open(QIODevice::WriteOnly)) {
            file.write(token);
        }
        file.setPermissions(who | QFile::ReadOwner | QFile::WriteOwner);
        token_ = token;
    }
    void expect_token(const QByteArray& token) { token_ = token; }

    void send(const tp::Bytes& bytes) {
        if (client_ != nullptr) {
            client_->write(reinterpret_cast<const char*>(bytes.data()), qint64(bytes.size()));
            client_->flush();
        }
    }
    void send_text(tp::FrameType type, std::string_view text) {
        send(tp::packed_text(type, text, 0, ++sequence_));
    }
    void send_bars(tp::FrameType type, std::span<const tp::Bar> bars) {
        send(tp::packed_rows(type, bars, 1, ++sequence_));
    }
    void beat() {
        const tp::Heartbeat beat{made::kOpen, 0.3, 4.0, 0, 1};
        send(tp::packed_rows(tp::FrameType::kHeartbeat, std::span(&beat, 1), 0, ++sequence_));
    }
    void skip() { ++sequence_; }

    int logins = 0;
    QString role;
    std::vector<tp::FrameType> heard;  // behind the login

  private:
    void came() {
        client_ = server_.nextPendingConnection();
        decoder_ = tp::FrameDecoder();
        sequence_ = 0;
        QObject::connect(client_, &QLocalSocket::readyRead, [this] { hear(); });
    }

    void hear() {
        const QByteArray bytes = client_->readAll();
        decoder_.feed(std::as_bytes(std::span(bytes.constData(), std::size_t(bytes.size()))));
        while (const auto frame = decoder_.next()) {
            if (frame->type != tp::FrameType::kLogin) {
                heard.push_back(frame->type);
                continue;
            }
            greet(QByteArray(reinterpret_cast<const char*>(frame->payload.data()),
                             qsizetype(frame->payload.size())));
        }
    }

    void greet(const QByteArray& login) {
        const QJsonObject told = QJsonDocument::fromJson(login).object();
        ++logins;
        role = told.value("role").toString();
        if (told.value("token").toString().toUtf8() != token_) {
            send(tp::packed_text(tp::FrameType::kAnswer,
                                 R"({"accepted":false,"code":"BAD_TOKEN","reason":"BAD_TOKEN"})"));
            client_->disconnectFromServer();
            return;
        }
        send_text(tp::FrameType::kHello,
                  R"({"protocol":1,"epoch":1,"run":"r","mode":"PAPER","account_mode":"normal"})");
        send_text(tp::FrameType::kSymbols,
                  R"({"symbols":[{"id":1,"name":"AAPL","span":60,"tick":0.01,"decimals":2}]})");
    }

    QTemporaryDir folder_;
    QLocalServer server_;
    QLocalSocket* client_ = nullptr;  // the server's child
    tp::FrameDecoder decoder_;
    QByteArray token_;
    std::uint64_t sequence_ = 0;
};
