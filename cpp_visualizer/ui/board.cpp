#include "ui/board.hpp"

#include <QPainter>
#include <algorithm>
#include <iterator>

#include "ui/palette.hpp"

namespace tp {

namespace {

/// Charts across; they are wider than high.
[[nodiscard]] int columns(int count) noexcept {
    switch (count) {
        case 1:
            return 1;
        case 4:
            return 2;
        case 9:
            return 3;
        case 20:
            return 5;
        default:
            return 8;
    }
}

}  // namespace

Board::Board(Market& market, Meter& meter, QWidget* parent)
    : QWidget(parent), market_(market), meter_(meter) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMinimumSize(480, 300);
}

void Board::set_count(int count) {
    count_ = count;
    fill();
}

void Board::toggle_detail() {
    const int count = count_ == 1 ? before_detail_ : 1;
    before_detail_ = count_ == 1 ? before_detail_ : count_;
    set_count(count);
}

void Board::relist() {
    chosen_ = std::min(chosen_, std::max<std::size_t>(1, market_.order().size()) - 1);
    fill();
}

void Board::step(int places) {
    const auto symbols = static_cast<std::ptrdiff_t>(market_.order().size());
    if (symbols == 0) {
        return;
    }
    const auto wanted = static_cast<std::ptrdiff_t>(chosen_) + places;
    chosen_ = static_cast<std::size_t>(((wanted % symbols) + symbols) % symbols);
    fill();
}

void Board::turn(int pages) {
    const int wanted = std::clamp(page() + pages, 0, this->pages() - 1);
    chosen_ = static_cast<std::size_t>(wanted * count_);
    fill();
}

bool Board::choose(const QString& name) {
    const auto& order = market_.order();
    const std::string wanted = name.trimmed().toUpper().toStdString();
    const auto found = std::ranges::find_if(order, [&](std::uint16_t id) {
        const Listing* const listing = market_.find(id);
        return listing != nullptr && listing->symbol.name == wanted;
    });
    if (found == order.end()) {
        return false;
    }
    chosen_ = static_cast<std::size_t>(found - order.begin());
    fill();
    return true;
}

void Board::set_span(std::uint32_t seconds) {
    span_ = seconds;
    for (Chart* const chart : charts_) {
        chart->set_span(seconds);
    }
    emit changed();
}

void Board::set_bars(int bars) {
    bars_ = bars;
    for (Chart* const chart : charts_) {
        chart->set_bars(bars);
    }
}

void Board::set_stale(bool stale) {
    stale_ = stale;
    for (Chart* const chart : charts_) {
        chart->set_palette(stale ? stale_palette() : live_palette());
    }
    update();
}

void Board::refresh() {
    for (Chart* const chart : shown()) {
        const Listing* const listing = market_.find(chart->symbol());
        if (listing != nullptr && listing->dirty) {
            chart->update();
        }
    }
}

Chart* Board::chosen() const noexcept {
    const auto place = chosen_ % static_cast<std::size_t>(count_);
    return place < charts_.size() ? charts_[place] : nullptr;
}

std::vector<Chart*> Board::shown() const {
    std::vector<Chart*> found;
    std::ranges::copy_if(charts_, std::back_inserter(found),
                         [](const Chart* chart) { return chart->isVisible(); });
    return found;
}

int Board::page() const noexcept { return static_cast<int>(chosen_) / count_; }

int Board::pages() const noexcept {
    const int symbols = static_cast<int>(market_.order().size());
    return std::max(1, (symbols + count_ - 1) / count_);
}

void Board::fill() {
    while (charts_.size() < static_cast<std::size_t>(count_)) {
        charts_.push_back(&added());
    }
    const auto& order = market_.order();
    const auto first = static_cast<std::size_t>(page() * count_);
    for (std::size_t place = 0; place < charts_.size(); ++place) {
        Chart& chart = *charts_[place];
        const bool used = place < static_cast<std::size_t>(count_) && first + place < order.size();
        chart.show_symbol(used ? order[first + place] : 0);
        chart.set_detail(count_ == 1);
        chart.set_chosen(used && count_ > 1 && first + place == chosen_);
        chart.setVisible(used);
    }
    arrange();
    emit changed();
}

void Board::arrange() {
    const int across = columns(count_);
    const int down = (count_ + across - 1) / across;
    // One pixel of the ground between charts is their border.
    for (int place = 0; place < count_ && place < static_cast<int>(charts_.size()); ++place) {
        const int column = place % across;
        const int row = place / across;
        const int left = width() * column / across;
        const int top = height() * row / down;
        const int right = width() * (column + 1) / across - (column + 1 < across ? 1 : 0);
        const int bottom = height() * (row + 1) / down - (row + 1 < down ? 1 : 0);
        charts_[static_cast<std::size_t>(place)]->setGeometry(left, top, right - left,
                                                              bottom - top);
    }
}

void Board::point(Chart& from, std::int64_t opened, int y) {
    for (Chart* const chart : shown()) {
        if (opened == 0) {
            chart->set_cross(std::nullopt);
        } else {
            chart->set_cross(Cross{opened, chart == &from ? std::optional(y) : std::nullopt});
        }
    }
}

Chart& Board::added() {
    auto* const chart = new Chart(market_, meter_, this);  // a child: the board ends it
    chart->set_span(span_);
    chart->set_bars(bars_);
    chart->set_palette(stale_ ? stale_palette() : live_palette());
    const std::size_t place = charts_.size();
    connect(chart, &Chart::pointed, this,
            [this, chart](std::int64_t opened, int y) { point(*chart, opened, y); });
    connect(chart, &Chart::clicked, this, [this, place] {
        chosen_ = static_cast<std::size_t>(page() * count_) + place;
        fill();
    });
    return *chart;
}

void Board::resizeEvent(QResizeEvent*) { arrange(); }

void Board::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& palette = stale_ ? stale_palette() : live_palette();
    painter.fillRect(rect(), palette.ground);
    // What shows between charts is their border.
    for (const Chart* const chart : shown()) {
        painter.fillRect(chart->geometry().adjusted(-1, -1, 1, 1), palette.border);
    }
}

}  // namespace tp

#include "moc_board.cpp"
