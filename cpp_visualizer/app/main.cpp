// The viewer: charts of many symbols beside a running engine, which it only reads.
#include <QApplication>
#include <QPixmap>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>

#include "app/options.hpp"
#include "ui/bench.hpp"
#include "ui/link.hpp"
#include "ui/replay.hpp"
#include "ui/session.hpp"
#include "ui/window.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kMisused = 2;

int complain(const QString& words, int code) {
    std::fprintf(stderr, "viewer: %s\n", qPrintable(words));
    return code;
}

/// True when there is a screen, or the platform was chosen by hand.
bool has_display() {
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

/// A picture or a bench needs no screen: then none is asked for.
bool needs_display(int argc, char** argv) {
    constexpr std::string_view kWithout[] = {"--shot", "--bench", "--help", "-h"};
    return std::none_of(argv, argv + argc, [&](const char* typed) {
        return std::ranges::any_of(kWithout, [&](std::string_view name) {
            return std::string_view(typed).starts_with(name);
        });
    });
}

/// Everything between the command line and the last frame.
class Viewer {
  public:
    explicit Viewer(const tp::Options& options)
        : options_(options),
          link_(options.socket.isEmpty()
                    ? nullptr
                    : std::make_unique<tp::Link>(session_, options.socket, options.token_file)),
          replay_(session_, options.speed),
          window_(session_, link_.get(), options.replay.isEmpty() ? options.socket : options.replay,
                  options.board, options.fps) {
        window_.resize(options.size);
        window_.board().set_span(static_cast<std::uint32_t>(options.span));
        window_.board().set_bars(options.bars);
        QObject::connect(&session_, &tp::Session::relisted, &window_, [this] { choose(); });
        QObject::connect(&replay_, &tp::Replay::finished, &window_,
                         [this] { window_.show_trouble(replay_.trouble()); });
    }

    int run() {
        if (link_ == nullptr && !replay_.open(options_.replay)) {
            return complain(replay_.trouble(), kMisused);
        }
        window_.show();
        if (options_.bench && link_ == nullptr) {
            tp::draw_all(session_, replay_, window_);
            return finish();
        }
        if (link_ != nullptr) {
            link_->start();
        } else {
            replay_.start();
        }
        if (!options_.bench && options_.shot.isEmpty()) {
            return QApplication::exec();
        }
        // Before anything closes: a window that is closed shows nothing.
        QTimer::singleShot(options_.after, &window_, [this] { QApplication::exit(finish()); });
        return QApplication::exec();
    }

  private:
    /// Once, as soon as there is a table to choose from.
    void choose() {
        if (!options_.symbol.isEmpty() && window_.board().choose(options_.symbol)) {
            options_.symbol.clear();
        }
    }

    int finish() {
        if (options_.bench) {
            std::printf("%s\n", tp::figures(session_, window_).constData());
        }
        if (!options_.shot.isEmpty() && !window_.grab().save(options_.shot)) {
            return complain(options_.shot + ": cannot be written", kFailed);
        }
        return replay_.trouble().isEmpty() ? 0 : complain(replay_.trouble(), kFailed);
    }

    tp::Options options_;
    tp::Session session_;
    std::unique_ptr<tp::Link> link_;
    tp::Replay replay_;
    tp::Window window_;
};

}  // namespace

int main(int argc, char** argv) {
    if (!has_display()) {
        if (needs_display(argc, argv)) {
            return complain("there is no display here; try xvfb-run, or --shot FILE for a picture",
                            kMisused);
        }
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    QApplication app(argc, argv);
    QApplication::setApplicationName("tradeplat viewer");
    QFont font("DejaVu Sans");
    font.setPixelSize(12);
    QApplication::setFont(font);
    QString fault;
    const auto options = tp::read_options(app, fault);
    if (!options) {
        return complain(fault, kMisused);
    }
    Viewer viewer(*options);
    return viewer.run();
}
