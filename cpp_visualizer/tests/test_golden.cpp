// What the Python encoder wrote is read here as it was meant.
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <cmath>
#include <cstring>

#include "core/decoder.hpp"
#include "core/encoder.hpp"
#include "core/rows.hpp"
#include "ui/json.hpp"
#include "ui/session.hpp"

using tp::FrameType;

namespace {

QByteArray content(const QString& name) {
    QFile file(QStringLiteral(GOLDEN "/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A record's numbers in the order of its layout.
QList<double> numbers(const tp::Bar& b) {
    return {double(b.ts), b.open,   b.high,         b.low,
            b.close,      b.volume, double(b.span), double(b.revision)};
}
QList<double> numbers(const tp::Marker& m) {
    return {double(m.ts),    m.price,        m.quantity,  double(m.kind),
            double(m.flags), double(m.seat), double(m.id)};
}
QList<double> numbers(const tp::PriceLine& l) {
    return {double(l.key),  l.price,         l.quantity,     l.reference,
            double(l.kind), double(l.state), double(l.seat), double(l.reserved)};
}
QList<double> numbers(const tp::Heartbeat& h) {
    return {double(h.ts), h.loop_p99_ms, h.feed_lag_ms, double(h.queue), double(h.clients)};
}
QList<double> numbers(const tp::StudyPoint& p) {
    return {double(p.ts), p.value, double(p.study), double(p.seat), double(p.reserved)};
}
QList<double> numbers(const tp::Quote& q) {
    return {double(q.ts), q.bid, q.bid_size, q.ask, q.ask_size};
}
QList<double> numbers(const tp::EquityPoint& e) {
    return {double(e.ts), e.equity, e.realised, e.open};
}

bool same(const QList<double>& found, const QJsonArray& expected) {
    if (found.size() != expected.size()) {
        return false;
    }
    for (qsizetype at = 0; at < found.size(); ++at) {
        const QJsonValue wanted = expected.at(at);
        if (wanted.isNull() ? !std::isnan(found[at]) : found[at] != wanted.toDouble()) {
            return false;
        }
    }
    return true;
}

template <class Record>
bool rows_are(const tp::Frame& frame, const QJsonArray& expected) {
    const auto rows = tp::Rows<Record>::in(frame.payload);
    if (!rows || static_cast<qsizetype>(rows->size()) != expected.size()) {
        return false;
    }
    for (std::size_t at = 0; at < rows->size(); ++at) {
        if (!same(numbers((*rows)[at]), expected.at(static_cast<qsizetype>(at)).toArray())) {
            return false;
        }
    }
    return true;
}

bool records_are(const tp::Frame& frame, const QJsonArray& expected) {
    switch (frame.type) {
        case FrameType::kSnapshot:
        case FrameType::kAppend:
        case FrameType::kReplace:
            return rows_are<tp::Bar>(frame, expected);
        case FrameType::kMarker:
            return rows_are<tp::Marker>(frame, expected);
        case FrameType::kPriceLine:
            return rows_are<tp::PriceLine>(frame, expected);
        case FrameType::kHeartbeat:
            return rows_are<tp::Heartbeat>(frame, expected);
        case FrameType::kStudy:
            return rows_are<tp::StudyPoint>(frame, expected);
        case FrameType::kQuote:
            return rows_are<tp::Quote>(frame, expected);
        case FrameType::kEquity:
            return rows_are<tp::EquityPoint>(frame, expected);
        default:
            return false;
    }
}

QByteArray text_of(const tp::Frame& frame) {
    return {reinterpret_cast<const char*>(frame.payload.data()),
            static_cast<qsizetype>(frame.payload.size())};
}

}  // namespace

class GoldenTest : public QObject {
    Q_OBJECT

  private slots:
    void every_frame_of_every_file_is_read_as_written();
    void a_whole_session_is_taken_in();
    void a_stream_that_python_wrote_is_written_the_same_here();
};

void GoldenTest::every_frame_of_every_file_is_read_as_written() {
    const QJsonObject files = QJsonDocument::fromJson(content("expected.json")).object();
    QVERIFY(files.size() > 20);
    for (auto file = files.begin(); file != files.end(); ++file) {
        const QByteArray bytes = content(file.key());
        tp::FrameDecoder decoder;
        decoder.feed(std::as_bytes(std::span(bytes.constData(), std::size_t(bytes.size()))));
        const QJsonArray frames = file.value().toArray();
        for (const QJsonValue& value : frames) {
            const QJsonObject expected = value.toObject();
            const auto frame = decoder.next();
            QVERIFY2(frame.has_value(), qPrintable(file.key()));
            QCOMPARE(int(frame->type), expected.value("type").toInt());
            QCOMPARE(int(frame->symbol), expected.value("symbol").toInt());
            QCOMPARE(qint64(frame->sequence), expected.value("sequence").toInteger());
            if (expected.contains("rows")) {
                QVERIFY2(records_are(*frame, expected.value("rows").toArray()),
                         qPrintable(file.key()));
            } else {
                const QJsonDocument found = QJsonDocument::fromJson(text_of(*frame));
                QCOMPARE(found.object(), expected.value("json").toObject());
            }
        }
        QVERIFY(!decoder.next().has_value());
        QVERIFY(decoder.error().empty());
        QCOMPARE(decoder.held(), std::size_t(0));
    }
}

void GoldenTest::a_whole_session_is_taken_in() {
    tp::Session session;
    QVERIFY2(session.take(content("stream.bin")), qPrintable(session.fault()));
    QCOMPARE(session.hello().mode, QStringLiteral("PAPER"));
    QCOMPARE(session.gaps(), std::uint64_t(0));
    tp::Listing* const listing = session.market().find(1);
    QVERIFY(listing != nullptr);
    QCOMPARE(QString::fromStdString(listing->symbol.name), QStringLiteral("AAPL"));
    QCOMPARE(listing->symbol.reference, 99.5);
    QVERIFY(!listing->bars.empty());
    const tp::Study* const band = session.market().study(24);
    QVERIFY(band != nullptr && band->kind == tp::StudyKind::kBand);
}

void GoldenTest::a_stream_that_python_wrote_is_written_the_same_here() {
    const QByteArray bytes = content("stream.bin");
    tp::FrameDecoder decoder;
    decoder.feed(std::as_bytes(std::span(bytes.constData(), std::size_t(bytes.size()))));
    tp::Bytes again;
    while (const auto frame = decoder.next()) {
        const tp::Bytes one =
            tp::packed(frame->type, frame->payload, frame->symbol, frame->sequence);
        again.insert(again.end(), one.begin(), one.end());
    }
    QCOMPARE(again.size(), std::size_t(bytes.size()));
    QVERIFY(std::memcmp(again.data(), bytes.constData(), again.size()) == 0);
}

QTEST_GUILESS_MAIN(GoldenTest)
#include "test_golden.moc"
