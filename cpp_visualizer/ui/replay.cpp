#include "ui/replay.hpp"

#include <QFile>
#include <cstring>
#include <set>

#include "core/frames.hpp"

namespace tp {

namespace {

constexpr int kTickMs = 10;

[[nodiscard]] Header header_at(const QByteArray& bytes, qsizetype at) noexcept {
    Header header{};
    std::memcpy(&header, bytes.constData() + at, kHeaderSize);
    return header;
}

[[nodiscard]] bool changes_bar(const Header& header) noexcept {
    const auto type = static_cast<FrameType>(header.type);
    return type == FrameType::kReplace || type == FrameType::kAppend;
}

}  // namespace

Replay::Replay(Session& session, double speed, QObject* parent)
    : QObject(parent), session_(session), speed_(speed) {
    timer_.setInterval(kTickMs);
    connect(&timer_, &QTimer::timeout, this, &Replay::go);
}

bool Replay::open(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        trouble_ = QStringLiteral("%1: %2").arg(path, file.errorString());
        return false;
    }
    bytes_ = file.readAll();
    return true;
}

void Replay::start() {
    running_.start();
    go();
    if (!ended() && trouble_.isEmpty()) {
        timer_.start();
    }
}

void Replay::go() {
    while (!ended()) {
        const auto& beat = session_.market().heartbeat();
        if (beat && !begun_) {
            begun_ = beat->ts;
        }
        const double due = beat ? static_cast<double>(beat->ts - *begun_) / 1e6 : 0.0;
        if (speed_ > 0.0 && due / speed_ > static_cast<double>(running_.elapsed())) {
            return;
        }
        if (!take_frame()) {
            return;
        }
    }
    timer_.stop();
    emit finished();
}

bool Replay::next_flush() {
    std::set<std::uint16_t> changed;
    while (!ended()) {
        if (bytes_.size() - at_ >= static_cast<qsizetype>(kHeaderSize)) {
            const Header header = header_at(bytes_, at_);
            if (changes_bar(header) && !changed.insert(header.symbol).second) {
                return true;
            }
        }
        if (!take_frame()) {
            return false;
        }
    }
    return !changed.empty();
}

bool Replay::take_frame() {
    const qsizetype size = frame_size();
    if (!session_.take(QByteArrayView(bytes_).sliced(at_, size))) {
        fail();
        return false;
    }
    at_ += size;
    if (ended() && session_.unfinished()) {
        trouble_ = QStringLiteral("the file ends in the middle of a frame");
        emit finished();
    }
    return true;
}

/// Bytes of the next frame; the decoder judges what its header says.
qsizetype Replay::frame_size() const {
    const qsizetype rest = bytes_.size() - at_;
    if (rest < static_cast<qsizetype>(kHeaderSize)) {
        return rest;
    }
    const auto size = static_cast<qsizetype>(kHeaderSize) + header_at(bytes_, at_).length;
    return std::min(size, rest);
}

void Replay::fail() {
    trouble_ = QStringLiteral("byte %1: %2").arg(at_).arg(session_.fault());
    at_ = bytes_.size();
    timer_.stop();
    emit finished();
}

}  // namespace tp

#include "moc_replay.cpp"
