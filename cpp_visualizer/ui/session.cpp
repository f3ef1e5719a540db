#include "ui/session.hpp"

namespace tp {

namespace {

[[nodiscard]] QByteArrayView text_of(const Frame& frame) {
    return {reinterpret_cast<const char*>(frame.payload.data()),
            static_cast<qsizetype>(frame.payload.size())};
}

}  // namespace

bool Session::take(QByteArrayView bytes) {
    const Metered metered(meter_);
    decoder_.feed(std::as_bytes(std::span(bytes.data(), static_cast<std::size_t>(bytes.size()))));
    while (const auto frame = decoder_.next()) {
        if (!hear(*frame)) {
            return false;
        }
    }
    return decoder_.error().empty() || wrong(decoder_.error());
}

void Session::restart() {
    decoder_ = FrameDecoder();
    sequence_.restart();
    fault_.clear();
    greeted_ = false;
}

bool Session::hear(const Frame& frame) {
    if (sequence_.torn_by(frame.sequence)) {
        emit torn();
    }
    switch (frame.type) {
        case FrameType::kHello:
            return hear_hello(text_of(frame));
        case FrameType::kSymbols:
            return hear_table(text_of(frame));
        case FrameType::kReset:
            market_.reset();
            return true;
        case FrameType::kAnswer:
            if (const QString code = read_refusal(text_of(frame)); !code.isEmpty()) {
                emit refused(code);
            }
            return true;
        default:
            return hear_records(frame);
    }
}

bool Session::hear_records(const Frame& frame) {
    const Effect effect = market_.apply(frame);
    if (effect == Effect::kBad) {
        return wrong(market_.fault());
    }
    if (effect == Effect::kTorn) {
        emit torn();
    }
    if (frame.type == FrameType::kHeartbeat) {
        emit beat();
    }
    return true;
}

bool Session::hear_hello(QByteArrayView payload) {
    std::string fault;
    const auto hello = read_hello(payload, fault);
    if (!hello) {
        return wrong(fault);
    }
    hello_ = *hello;
    greeted_ = true;
    emit told();
    return true;
}

bool Session::hear_table(QByteArrayView payload) {
    std::string fault;
    auto table = read_table(payload, fault);
    if (!table) {
        return wrong(fault);
    }
    market_.declare(std::move(*table));
    emit relisted();
    return true;
}

bool Session::wrong(const std::string& why) {
    fault_ = QString::fromStdString(why);
    return false;
}

}  // namespace tp

#include "moc_session.cpp"
