#include "ui/link.hpp"

#include <QTest>

#include "engine.hpp"
#include "made.hpp"
#include "ui/replay.hpp"
#include "ui/session.hpp"

using tp::FrameType;
using tp::Freshness;

class LinkTest : public QObject {
    Q_OBJECT

  private slots:
    void it_logs_in_as_a_viewer_and_reads();
    void it_comes_back_to_an_engine_that_went();
    void a_refused_token_is_not_shown_again();
    void a_token_that_others_may_read_is_not_shown();
    void a_gap_is_counted_and_answered_with_one_request();
    void a_bad_frame_closes_the_connection_with_a_message();
    void silence_makes_it_late_then_lost_then_dials_again();
    void a_path_too_long_for_an_address_is_reached();
    void a_file_is_replayed_to_its_end_or_says_where_it_breaks();
};

void LinkTest::it_logs_in_as_a_viewer_and_reads() {
    Engine engine;
    tp::Session session;
    tp::Link link(session, engine.socket(), {});
    QCOMPARE(link.freshness(), Freshness::kWaiting);
    link.start();
    QTRY_VERIFY(session.market().find(1) != nullptr);
    QCOMPARE(engine.role, QStringLiteral("viewer"));
    QCOMPARE(session.hello().mode, QStringLiteral("PAPER"));
    engine.send_bars(FrameType::kSnapshot, made::bars(50));
    QTRY_COMPARE(session.market().find(1)->bars.size(), std::size_t(50));
    QCOMPARE(link.freshness(), Freshness::kLive);
    QCOMPARE(session.gaps(), std::uint64_t(0));
}

void LinkTest::it_comes_back_to_an_engine_that_went() {
    Engine engine;
    tp::Session session;
    tp::Link link(session, engine.socket(), {});
    link.start();
    QTRY_VERIFY(session.greeted());
    engine.send_bars(FrameType::kSnapshot, made::bars(9));
    QTRY_COMPARE(session.market().find(1)->bars.size(), std::size_t(9));
    engine.close();
    QTRY_COMPARE(link.freshness(), Freshness::kLost);
    QVERIFY(!link.trouble().isEmpty());
    QCOMPARE(session.market().find(1)->bars.size(), std::size_t(9));
    engine.set_token("another one");
    engine.open();
    QTRY_COMPARE(engine.logins, 2);
    QTRY_COMPARE(link.freshness(), Freshness::kLive);
    QVERIFY(link.trouble().isEmpty());
    QCOMPARE(session.gaps(), std::uint64_t(0));
}

void LinkTest::a_refused_token_is_not_shown_again() {
    Engine engine;
    engine.expect_token("something else");
    tp::Session session;
    tp::Link link(session, engine.socket(), {});
    link.start();
    QTRY_VERIFY(link.trouble().contains("BAD_TOKEN"));
    QTest::qWait(1'300);
    QCOMPARE(engine.logins, 1);
    engine.set_token("something new");
    QTRY_VERIFY(session.greeted());
}

void LinkTest::a_token_that_others_may_read_is_not_shown() {
    Engine engine;
    engine.set_token("the token", QFile::ReadOther);
    tp::Session session;
    tp::Link link(session, engine.socket(), {});
    link.start();
    QVERIFY(link.trouble().contains("others may read"));
    QCOMPARE(engine.logins, 0);
}

void LinkTest::a_gap_is_counted_and_answered_with_one_request() {
    Engine engine;
    tp::Session session;
    tp::Link link(session, engine.socket(), {});
    link.start();
    QTRY_VERIFY(session.greeted());
    engine.skip();
    engine.beat();
    engine.skip();
    engine.beat();
    QTRY_COMPARE(session.gaps(), std::uint64_t(2));
    QTRY_COMPARE(engine.heard.size(), std::size_t(1));
    QCOMPARE(engine.heard[0], FrameType::kSnapshot);
}

void LinkTest::a_bad_frame_closes_the_connection_with_a_message() {
    Engine engine;
    tp::Session session;
    tp::Link link(session, engine.socket(), {});
    link.start();
    QTRY_VERIFY(session.greeted());
    tp::Bytes frame = tp::packed(FrameType::kReset, {});
    frame[5] = std::byte{9};
    engine.send(frame);
    QTRY_COMPARE(link.trouble(), QStringLiteral("frame: found version 9, expected 1"));
    QCOMPARE(link.freshness(), Freshness::kLost);
    QTRY_COMPARE(engine.logins, 2);
}

void LinkTest::silence_makes_it_late_then_lost_then_dials_again() {
    Engine engine;
    tp::Session session;
    tp::Link link(session, engine.socket(), {});
    link.start();
    QTRY_VERIFY(session.greeted());
    engine.beat();
    QCOMPARE(link.freshness(), Freshness::kLive);
    QTRY_COMPARE(link.freshness(), Freshness::kLate);
    QTRY_COMPARE(link.freshness(), Freshness::kLost);
    QTRY_COMPARE(engine.logins, 2);
    QTRY_COMPARE(link.freshness(), Freshness::kLive);
}

void LinkTest::a_path_too_long_for_an_address_is_reached() {
    Engine engine;
    QTemporaryDir folder;
    const QString deep = folder.filePath(QString(90, 'd') + "/" + QString(90, 'e'));
    QVERIFY(QDir().mkpath(deep));
    QVERIFY(QFile::link(engine.socket(), deep + "/control.sock"));
    tp::Session session;
    tp::Link link(session, deep + "/control.sock",
                  QFileInfo(engine.socket()).path() + "/control.viewer.token");
    link.start();
    QTRY_VERIFY(session.greeted());
}

void LinkTest::a_file_is_replayed_to_its_end_or_says_where_it_breaks() {
    QTemporaryDir folder;
    const QString path = folder.filePath("frames.bin");
    tp::Bytes bytes = tp::packed_text(
        FrameType::kSymbols, R"({"symbols":[{"id":1,"name":"AAPL","span":60,"tick":"0.01"}]})");
    made::operator+=(bytes, made::stream());
    const auto play = [&](std::size_t size) {
        QFile file(path);
        if (file.open(QIODevice::WriteOnly)) {
            file.write(reinterpret_cast<const char*>(bytes.data()), qint64(size));
        }
        file.close();
        tp::Session session;
        tp::Replay replay(session, 0.0);
        if (replay.open(path)) {
            replay.start();
        }
        return std::pair(replay.trouble(), session.market().records());
    };
    QCOMPARE(play(bytes.size()), std::pair(QString(), std::uint64_t(47)));
    QVERIFY(play(bytes.size() - 5).first.contains("middle of a frame"));
    bytes[bytes.size() - 48 + 5] = std::byte{3};
    QVERIFY(play(bytes.size()).first.contains("version 3"));
    tp::Session session;
    tp::Replay replay(session, 0.0);
    QVERIFY(!replay.open(folder.filePath("none.bin")));
    QVERIFY(!replay.trouble().isEmpty());
}

QTEST_GUILESS_MAIN(LinkTest)
#include "test_link.moc"
