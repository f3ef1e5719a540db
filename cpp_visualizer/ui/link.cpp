#include "ui/link.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

namespace tp {

namespace {

constexpr int kAgainMs = 1'000;
constexpr int kWatchMs = 100;
constexpr int kLateMs = 1'000;
constexpr int kLostMs = 3'000;
/// An engine that takes longer to greet us does not work.
constexpr int kGreetMs = 5'000;
/// At most one snapshot is asked for in this time: a torn stream would ask with each frame.
constexpr int kAskMs = 1'000;
/// Characters of a path that a socket's address certainly takes.
constexpr qsizetype kLongestPath = 100;
constexpr qint64 kLongestToken = 128;
constexpr const char* kTokenName = "control.viewer.token";

/// The token in `path`, which nobody else may be able to read; empty, and why, when there is none.
[[nodiscard]] QByteArray token_in(const QString& path, QString& trouble) {
    QFile file(path);
    struct stat found {};
    if (!file.exists()) {
        trouble = QStringLiteral("no engine there: %1 is missing").arg(QFileInfo(path).fileName());
        return {};
    }
    if (!file.open(QIODevice::ReadOnly) || ::fstat(file.handle(), &found) != 0) {
        trouble = QStringLiteral("%1: %2").arg(path, file.errorString());
        return {};
    }
    if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0 || found.st_uid != ::getuid()) {
        trouble = QStringLiteral("%1: others may read this token").arg(path);
        return {};
    }
    return file.read(kLongestToken).trimmed();
}

}  // namespace

Link::Link(Session& session, QString socket, QString token_file, QObject* parent)
    : QObject(parent),
      session_(session),
      socket_path_(std::move(socket)),
      token_file_(std::move(token_file)) {
    if (token_file_.isEmpty()) {
        token_file_ = QFileInfo(socket_path_).path() + "/" + kTokenName;
    }
    again_.setSingleShot(true);
    again_.setInterval(kAgainMs);
    watch_.setInterval(kWatchMs);
    connect(&again_, &QTimer::timeout, this, &Link::dial);
    connect(&watch_, &QTimer::timeout, this, &Link::watch);
    connect(&socket_, &QLocalSocket::connected, this, &Link::login);
    connect(&socket_, &QLocalSocket::readyRead, this, &Link::read);
    connect(&socket_, &QLocalSocket::disconnected, this,
            [this] { lost(QStringLiteral("the engine closed the connection")); });
    connect(&socket_, &QLocalSocket::errorOccurred, this,
            [this] { lost(socket_path_ + ": " + socket_.errorString()); });
    connect(&session_, &Session::torn, this, &Link::ask_snapshot);
    connect(&session_, &Session::refused, this, &Link::refuse);
    connect(&session_, &Session::beat, this, [this] { heard_.start(); });
    connect(&session_, &Session::told, this, [this] {
        heard_.start();
        trouble_.clear();
        emit changed();
    });
}

Link::~Link() {
    // What the socket tells while it ends is heard by nobody.
    socket_.disconnect(this);
    if (folder_ >= 0) {
        ::close(folder_);
    }
}

void Link::start() {
    watch_.start();
    dial();
}

Freshness Link::freshness() const {
    if (!heard_.isValid()) {
        return Freshness::kWaiting;
    }
    if (!trouble_.isEmpty() || heard_.elapsed() >= kLostMs) {
        return Freshness::kLost;
    }
    return heard_.elapsed() >= kLateMs ? Freshness::kLate : Freshness::kLive;
}

double Link::silent() const {
    return heard_.isValid() ? static_cast<double>(heard_.elapsed()) / 1'000.0 : 0.0;
}

void Link::dial() {
    QString trouble;
    token_ = token_in(token_file_, trouble);
    // Five wrong tokens would lock us out; an engine that starts anew leaves another one.
    if (token_.isEmpty() || token_ == refused_token_) {
        if (!trouble.isEmpty()) {
            trouble_ = trouble;
        }
        again_.start();
        emit changed();
        return;
    }
    session_.restart();
    dialled_.start();
    socket_.connectToServer(address());
}

void Link::login() {
    const QJsonObject login{{"token", QString::fromLatin1(token_)}, {"role", "viewer"}};
    const QByteArray text = QJsonDocument(login).toJson(QJsonDocument::Compact);
    send(packed_text(FrameType::kLogin, std::string_view(text.data(), text.size())));
}

void Link::read() {
    const QByteArray bytes = socket_.readAll();
    if (!session_.take(bytes)) {
        lost(session_.fault());
    }
}

void Link::lost(const QString& why) {
    if (again_.isActive()) {
        return;
    }
    // A refusal says more than the end of the connection that follows it.
    if (trouble_.isEmpty() || session_.greeted()) {
        trouble_ = why;
    }
    again_.start();
    socket_.abort();
    emit changed();
}

void Link::refuse(const QString& code) {
    trouble_ = QStringLiteral("the engine refused us: %1").arg(code);
    if (code == QLatin1String("BAD_TOKEN")) {
        refused_token_ = token_;
    }
    emit changed();
}

void Link::watch() {
    const Freshness now = freshness();
    if (now == Freshness::kLost && trouble_.isEmpty()) {
        lost(QStringLiteral("the engine is silent"));
    } else if (!again_.isActive() && !session_.greeted() && dialled_.elapsed() >= kGreetMs) {
        lost(QStringLiteral("something listens at the socket but does not answer"));
    }
    if (now != shown_ || now == Freshness::kLate || now == Freshness::kLost) {
        shown_ = now;
        emit changed();
    }
}

void Link::ask_snapshot() {
    if (socket_.state() != QLocalSocket::ConnectedState ||
        (asked_.isValid() && asked_.elapsed() < kAskMs)) {
        return;
    }
    asked_.start();
    // Of everything: nobody knows whose frame was lost.
    send(packed(FrameType::kSnapshot, {}));
}

void Link::send(const Bytes& bytes) {
    socket_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()));
    socket_.flush();
}

QString Link::address() {
    if (QFile::encodeName(socket_path_).size() <= kLongestPath) {
        return QFileInfo(socket_path_).absoluteFilePath();
    }
    // An address has room for 107 bytes: a longer path is reached through its folder.
    if (folder_ >= 0) {
        ::close(folder_);
    }
    const QFileInfo info(socket_path_);
    folder_ = ::open(QFile::encodeName(info.absolutePath()).constData(),
                     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return QStringLiteral("/proc/self/fd/%1/%2").arg(folder_).arg(info.fileName());
}

}  // namespace tp

#include "moc_link.cpp"
