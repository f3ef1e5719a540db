// The viewer's window: strip, banner, board, and the row that tells how it is going.
#pragma once

#include <QLabel>
#include <QTimer>
#include <QWidget>

#include "ui/board.hpp"
#include "ui/link.hpp"
#include "ui/session.hpp"
#include "ui/strip.hpp"

namespace tp {

class Window : public QWidget {
    Q_OBJECT

  public:
    /// `link` is null where frames come from a file; `source` names where they come from.
    Window(Session& session, Link* link, QString source, int count, int fps);

    [[nodiscard]] Board& board() noexcept { return *board_; }
    /// Draw what changed now, and count it as a frame.
    void draw_now();
    /// What is wrong for good; shown until the window closes.
    void show_trouble(const QString& trouble);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

  private:
    void add_keys();
    void key(const QKeySequence& sequence, const QString& what, auto act);
    void tick();
    void tell();
    void show_freshness();
    void show_sheet();

    Session& session_;
    Link* link_;
    QString source_;
    Strip* strip_;
    QLabel* banner_;
    Board* board_;
    QLabel* page_;
    QLabel* figures_;
    QTimer frames_;
    QTimer figures_due_;
    QStringList sheet_;
    QString trouble_;
    bool spanned_ = false;
};

}  // namespace tp
