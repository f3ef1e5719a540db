#include "ui/window.hpp"

#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>
#include <set>

#include "made.hpp"
#include "ui/board.hpp"

using tp::FrameType;

namespace {

/// A session of so many symbols, each with bars that came.
struct Fed {
    explicit Fed(int symbols = 12, std::size_t bars = 300) {
        std::string table = R"({"symbols":[)";
        for (int id = 1; id <= symbols; ++id) {
            const QByteArray entry = R"({"id":%1,"name":"SYM%1","span":60,"tick":0.01})";
            table += id > 1 ? "," : "";
            table += QString(entry).arg(id).toStdString();
        }
        table += R"(],"studies":[{"id":1,"name":"vwap","kind":"line","pane":0,"colour":"#c3a6ff"},)"
                 R"({"id":2,"name":"rsi","kind":"histogram","pane":1,"colour":""}]})";
        take(tp::packed_text(FrameType::kSymbols, table));
        for (int id = 1; id <= symbols; ++id) {
            const auto made_bars = made::bars(bars, unsigned(id));
            take(tp::packed_rows(FrameType::kSnapshot, std::span<const tp::Bar>(made_bars),
                                 std::uint16_t(id)));
        }
    }

    void take(const tp::Bytes& bytes) {
        const bool taken = session.take(
            QByteArrayView(reinterpret_cast<const char*>(bytes.data()), qsizetype(bytes.size())));
        QVERIFY2(taken, qPrintable(session.fault()));
    }

    template <class Record>
    void tell(FrameType type, const Record& record, std::uint16_t symbol) {
        take(tp::packed_rows(type, std::span(&record, 1), symbol));
    }

    tp::Session session;
};

/// A session of one symbol, and the chart that shows it.
struct Shown : Fed {
    explicit Shown(std::size_t bars, const QSize& size = {800, 400})
        : Fed(1, bars), chart(session.market(), meter, nullptr) {
        chart.show_symbol(1);
        chart.resize(size);
        chart.show();
        chart.grab();
    }

    tp::Meter meter;
    tp::Chart chart;
};

/// Show a window with its symbols; true once it takes keys.
bool awake(tp::Window& window) {
    window.board().relist();
    window.show();
    window.activateWindow();
    return QTest::qWaitForWindowActive(&window);
}

std::set<QRgb> colours(const QImage& image, const QRect& part) {
    std::set<QRgb> found;
    for (int y = part.top(); y <= part.bottom(); ++y) {
        for (int x = part.left(); x <= part.right(); ++x) {
            found.insert(image.pixel(x, y) | 0xff000000U);
        }
    }
    return found;
}

std::set<QRgb> colours(QWidget& widget) {
    const QImage image = widget.grab().toImage();
    return colours(image, image.rect());
}

void wheel(QWidget& widget, QPoint at, int notches) {
    QWheelEvent event(at, widget.mapToGlobal(at), {}, QPoint(0, 120 * notches), Qt::NoButton,
                      Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&widget, &event);
}

/// The bar that the chart says is under a point.
std::int64_t under(tp::Chart& chart, QPoint at) {
    QSignalSpy spy(&chart, &tp::Chart::pointed);
    QMouseEvent event(QEvent::MouseMove, at, chart.mapToGlobal(at), Qt::NoButton, Qt::NoButton,
                      Qt::NoModifier);
    QApplication::sendEvent(&chart, &event);
    return spy.isEmpty() ? 0 : spy.last().at(0).toLongLong();
}

}  // namespace

class WindowTest : public QObject {
    Q_OBJECT

  private slots:
    void a_board_shows_its_pages();
    void every_size_of_board_draws();
    void the_wheel_zooms_about_the_cursor();
    void dragging_pans_and_a_double_click_fits();
    void bars_sent_anew_do_not_move_the_view();
    void the_crosshair_is_shared();
    void keys_do_what_the_sheet_says();
    void a_text_field_keeps_its_letters();
    void candles_lines_markers_and_tags_are_drawn();
    void stale_pictures_are_grey();
    void only_what_changed_and_is_seen_is_painted();
    void zooming_erases_no_bars();
    void longer_time_frames_are_made_here();
};

void WindowTest::a_board_shows_its_pages() {
    Fed fed(12);
    tp::Window window(fed.session, nullptr, "test", 9, 30);
    window.board().relist();
    window.resize(1280, 720);
    window.show();
    QCOMPARE(window.board().shown().size(), std::size_t(9));
    QCOMPARE(window.board().pages(), 2);
    window.board().turn(1);
    QCOMPARE(window.board().shown().size(), std::size_t(3));
    QVERIFY(window.board().choose(" sym5 "));
    QCOMPARE(window.board().page(), 0);
    QCOMPARE(window.board().chosen()->symbol(), std::uint16_t(5));
    QVERIFY(!window.board().choose("NONE"));
    window.board().toggle_detail();
    QCOMPARE(window.board().shown().size(), std::size_t(1));
    QCOMPARE(window.board().chosen()->symbol(), std::uint16_t(5));
    window.board().step(1);
    QCOMPARE(window.board().chosen()->symbol(), std::uint16_t(6));
    window.board().toggle_detail();
    QCOMPARE(window.board().count(), 9);
}

void WindowTest::every_size_of_board_draws() {
    Fed fed(40, 60);
    tp::Window window(fed.session, nullptr, "test", 1, 30);
    window.board().relist();
    window.resize(1280, 720);
    window.show();
    for (const int count : tp::kBoards) {
        window.board().set_count(count);
        QCOMPARE(window.board().shown().size(), std::size_t(count));
        for (tp::Chart* const chart : window.board().shown()) {
            QVERIFY(window.board().rect().contains(chart->geometry()));
        }
        QVERIFY(colours(window.board()).contains(tp::live_palette().up.rgb()));
    }
}

void WindowTest::the_wheel_zooms_about_the_cursor() {
    Shown fed(2'000);
    tp::Chart& chart = fed.chart;
    chart.pan(-3.0);
    chart.grab();
    const QPoint at(200, 150);
    const std::int64_t before = under(chart, at);
    const std::int64_t edge = under(chart, QPoint(700, 150));
    QVERIFY(before > 0);
    wheel(chart, at, 3);
    chart.grab();
    QVERIFY(std::abs(under(chart, at) - before) <= made::kMinute);
    QVERIFY(under(chart, QPoint(700, 150)) < edge);
    wheel(chart, at, -3);
    chart.grab();
    QVERIFY(std::abs(under(chart, at) - before) <= made::kMinute);
}

void WindowTest::dragging_pans_and_a_double_click_fits() {
    Shown fed(2'000);
    tp::Chart& chart = fed.chart;
    const std::int64_t before = under(chart, QPoint(400, 100));
    QTest::mousePress(&chart, Qt::LeftButton, {}, QPoint(400, 100));
    QTest::mouseMove(&chart, QPoint(500, 100));
    QTest::mouseRelease(&chart, Qt::LeftButton, {}, QPoint(500, 100));
    chart.grab();
    QVERIFY(std::abs(under(chart, QPoint(500, 100)) - before) <= made::kMinute);
    QTest::mouseDClick(&chart, Qt::LeftButton, {}, QPoint(300, 100));
    chart.grab();
    QVERIFY(under(chart, QPoint(0, 100)) <= made::kOpen + 4 * made::kMinute);
}

void WindowTest::bars_sent_anew_do_not_move_the_view() {
    Shown fed(2'000);
    tp::Chart& chart = fed.chart;
    chart.pan(-4.0);
    chart.grab();
    const std::int64_t before = under(chart, QPoint(300, 100));
    const auto bars = made::bars(2'000, 1);
    fed.take(tp::packed_rows(FrameType::kSnapshot, std::span<const tp::Bar>(bars), 1));
    chart.grab();
    QVERIFY(std::abs(under(chart, QPoint(300, 100)) - before) <= 2 * made::kMinute);
    chart.show_newest();
    fed.take(tp::packed_rows(FrameType::kSnapshot, std::span(bars).first(900), 1));
    chart.grab();
    QCOMPARE(under(chart, QPoint(750, 100)), bars[898].ts);
}

void WindowTest::the_crosshair_is_shared() {
    Fed fed(4);
    tp::Window window(fed.session, nullptr, "test", 4, 30);
    window.board().relist();
    window.resize(1280, 720);
    window.show();
    const QRgb cross = tp::live_palette().cross.rgb();
    QVERIFY(!colours(window.board()).contains(cross));
    window.board().grab();
    QVERIFY(under(*window.board().shown()[0], QPoint(200, 120)) > 0);
    for (tp::Chart* const chart : window.board().shown()) {
        QVERIFY(colours(*chart).contains(cross));
    }
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(window.board().shown()[0], &leave);
    QVERIFY(!colours(window.board()).contains(cross));
}

void WindowTest::keys_do_what_the_sheet_says() {
    Fed fed(12);
    tp::Window window(fed.session, nullptr, "test", 9, 30);
    QVERIFY(awake(window));
    QTest::keyClick(&window, Qt::Key_G, Qt::ControlModifier);
    QCOMPARE(window.board().count(), 1);
    QTest::keyClick(&window, Qt::Key_Down, Qt::ControlModifier);
    QCOMPARE(window.board().chosen()->symbol(), std::uint16_t(2));
    QTest::keyClick(&window, Qt::Key_F2);
    QCOMPARE(window.board().span(), 300U);
    QTest::keyClick(&window, Qt::Key_F1);
    QCOMPARE(window.board().span(), 60U);
    QTest::keyClick(window.focusWidget(), Qt::Key_B);
    QCOMPARE(window.board().count(), 4);
    QTest::keyClick(&window, Qt::Key_PageDown);
    QCOMPARE(window.board().page(), 1);
    QTest::keyClick(&window, Qt::Key_F11);
    QTRY_VERIFY(QApplication::topLevelWidgets().size() > 1);
}

void WindowTest::a_text_field_keeps_its_letters() {
    Fed fed(12);
    tp::Window window(fed.session, nullptr, "test", 9, 30);
    QVERIFY(awake(window));
    QTest::keyClick(&window, Qt::Key_L, Qt::ControlModifier);
    auto* const field = qobject_cast<QLineEdit*>(QApplication::focusWidget());
    QVERIFY(field != nullptr);
    QTest::keyClicks(field, "b");
    QCOMPARE(window.board().count(), 9);
    field->setText("sym11");
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(window.board().chosen()->symbol(), std::uint16_t(11));
    QVERIFY(window.board().hasFocus());
}

void WindowTest::candles_lines_markers_and_tags_are_drawn() {
    Fed fed(1);
    const auto bars = made::bars(300, 1);
    const double last = bars.back().close;
    fed.tell(FrameType::kPriceLine,
             tp::PriceLine{1, last - 0.4, -200.0, last, tp::LineKind::kStop,
                           tp::LineState::kWorking, 1, 0},
             1);
    fed.tell(FrameType::kMarker,
             tp::Marker{bars[290].ts, bars[290].close, 200.0, tp::MarkerKind::kFill, 0, 1, 1}, 1);
    for (std::size_t index = 200; index < 300; ++index) {
        fed.tell(FrameType::kStudy, tp::StudyPoint{bars[index].ts, last, 1, 1, 0}, 1);
        fed.tell(FrameType::kStudy, tp::StudyPoint{bars[index].ts, 5.0, 2, 1, 0}, 1);
    }
    tp::Meter meter;
    tp::Chart chart(fed.session.market(), meter, nullptr);
    chart.show_symbol(1);
    chart.resize(800, 500);
    const tp::Palette& palette = tp::live_palette();
    const auto found = colours(chart);
    for (const QColor& colour :
         {palette.ground, palette.up, palette.down, palette.stop, palette.last, palette.grid,
          palette.up_volume, palette.up.lighter(130), QColor(0xc3a6ff)}) {
        QVERIFY2(found.contains(colour.rgb()), qPrintable(colour.name()));
    }
    fed.tell(FrameType::kPriceLine,
             tp::PriceLine{1, std::nan(""), 0.0, 0.0, tp::LineKind::kStop, tp::LineState::kWorking,
                           1, 0},
             1);
    QVERIFY(!colours(chart).contains(palette.stop.rgb()));
}

void WindowTest::stale_pictures_are_grey() {
    Fed fed(4);
    tp::Window window(fed.session, nullptr, "test", 4, 30);
    window.board().relist();
    window.resize(900, 600);
    window.show();
    window.board().set_stale(true);
    for (const QRgb colour : colours(window.board())) {
        const int high = std::max({qRed(colour), qGreen(colour), qBlue(colour)});
        const int low = std::min({qRed(colour), qGreen(colour), qBlue(colour)});
        QVERIFY2(high - low <= 12, qPrintable(QColor(colour).name()));
    }
    window.board().set_stale(false);
    QVERIFY(colours(window.board()).contains(tp::live_palette().up.rgb()));
}

void WindowTest::only_what_changed_and_is_seen_is_painted() {
    Fed fed(12);
    tp::Window window(fed.session, nullptr, "test", 9, 30);
    window.board().relist();
    window.resize(1280, 720);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QTest::qWait(100);
    tp::Meter& meter = fed.session.meter();
    const auto painted = [&] {
        window.draw_now();
        const auto before = meter.frames();
        window.draw_now();
        return meter.frames() - before;
    };
    painted();
    tp::Bar bar = made::bars(300, 12).back();
    bar.close = bar.high;
    fed.tell(FrameType::kReplace, bar, 12);
    QVERIFY(fed.session.market().find(12)->dirty);
    window.draw_now();
    QVERIFY2(fed.session.market().find(12)->dirty, "nobody sees it, nobody painted it");
    fed.tell(FrameType::kReplace, made::bars(300, 2).back(), 2);
    window.draw_now();
    QVERIFY(!fed.session.market().find(2)->dirty);
}

void WindowTest::zooming_erases_no_bars() {
    Shown fed(20'000, {600, 400});
    tp::Chart& chart = fed.chart;
    for (int round = 0; round < 40; ++round) {
        chart.zoom(round < 30 ? 1.4 : 0.5);
        const auto found = colours(chart);
        QVERIFY(found.contains(tp::live_palette().up.rgb()));
        QVERIFY(found.contains(tp::live_palette().down.rgb()));
    }
    QCOMPARE(fed.session.market().find(1)->bars.size(), std::size_t(20'000));
}

void WindowTest::longer_time_frames_are_made_here() {
    Shown fed(300);
    tp::Chart& chart = fed.chart;
    chart.set_span(3'600);
    chart.grab();
    const std::int64_t opened = under(chart, QPoint(400, 100));
    QVERIFY(opened == made::kOpen || opened % (60 * made::kMinute) == 0);
    chart.set_span(60);
    chart.grab();
    QVERIFY(under(chart, QPoint(400, 100)) > 0);
}

QTEST_MAIN(WindowTest)
#include "test_window.moc"
