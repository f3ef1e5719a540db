// One stream of frames, wherever its bytes come from, and what it told so far.
#pragma once

#include <QByteArrayView>
#include <QObject>
#include <QString>
#include <cstdint>

#include "core/decoder.hpp"
#include "core/market.hpp"
#include "core/meter.hpp"
#include "core/sequence.hpp"
#include "ui/json.hpp"

namespace tp {

class Session : public QObject {
    Q_OBJECT

  public:
    explicit Session(QObject* parent = nullptr) : QObject(parent) {}

    /// Take in bytes. False when they are not to be trusted: fault() says why, and the stream ends.
    [[nodiscard]] bool take(QByteArrayView bytes);
    /// Bytes come from a new connection.
    void restart();

    [[nodiscard]] Market& market() noexcept { return market_; }
    [[nodiscard]] Meter& meter() noexcept { return meter_; }
    [[nodiscard]] const Hello& hello() const noexcept { return hello_; }
    [[nodiscard]] const QString& fault() const noexcept { return fault_; }
    [[nodiscard]] std::uint64_t gaps() const noexcept { return sequence_.gaps(); }
    /// True in the middle of a frame.
    [[nodiscard]] bool unfinished() const noexcept { return decoder_.held() > 0; }
    [[nodiscard]] bool greeted() const noexcept { return greeted_; }

  signals:
    void told();      // a hello came
    void relisted();  // the symbol table changed
    void beat();      // a heartbeat came
    void torn();      // something is missing: only a snapshot helps
    void refused(const QString& code);

  private:
    [[nodiscard]] bool hear(const Frame& frame);
    [[nodiscard]] bool hear_records(const Frame& frame);
    [[nodiscard]] bool hear_hello(QByteArrayView payload);
    [[nodiscard]] bool hear_table(QByteArrayView payload);
    [[nodiscard]] bool wrong(const std::string& why);

    FrameDecoder decoder_;
    Sequence sequence_;
    Market market_;
    Meter meter_;
    Hello hello_;
    QString fault_;
    bool greeted_ = false;
};

}  // namespace tp
