// The JSON frames that a viewer reads. Keys that are not known are passed over.
#pragma once

#include <QByteArrayView>
#include <QString>
#include <optional>
#include <string>

#include "core/table.hpp"

namespace tp {

/// What the engine tells first; `mode` is LIVE, PAPER or REPLAY.
struct Hello {
    int protocol = 0;
    QString run;
    QString mode;
    QString account_mode;
};

/// What a payload says; nothing, and why in `fault`, when it is not of that shape.
[[nodiscard]] std::optional<Hello> read_hello(QByteArrayView payload, std::string& fault);
[[nodiscard]] std::optional<Table> read_table(QByteArrayView payload, std::string& fault);
/// The code of the refusal that an answer is; empty when it is none.
[[nodiscard]] QString read_refusal(QByteArrayView payload);

}  // namespace tp
