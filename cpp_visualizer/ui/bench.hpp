// What a run of the viewer cost, as one line of JSON.
#pragma once

#include <QByteArray>

#include "ui/replay.hpp"
#include "ui/session.hpp"
#include "ui/window.hpp"

namespace tp {

/// Frames, CPU ms a frame, records and gaps so far.
[[nodiscard]] QByteArray figures(Session& session, const Window& window);

/// Draw the whole file as fast as it goes, one frame a flush; the first ones, which load it, do not
/// count. Pictures of a tick (the last bar changes) and of a scroll (a bar is added) count alike.
void draw_all(Session& session, Replay& replay, Window& window);

}  // namespace tp
