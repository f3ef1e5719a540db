#include "ui/json.hpp"

#include <QColor>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tp {

namespace {

constexpr qsizetype kMostSymbols = 65'535;
constexpr int kLongestName = 64;

std::optional<QJsonObject> object_in(QByteArrayView payload, const char* what, std::string& fault) {
    const QByteArray bytes = QByteArray::fromRawData(payload.data(), payload.size());
    QJsonParseError error{};
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (!document.isObject()) {
        fault = std::string(what) + ": " + error.errorString().toStdString();
        return std::nullopt;
    }
    return document.object();
}

/// A number, which may be written as text to be exact.
[[nodiscard]] double number(const QJsonValue& value, double otherwise) {
    bool read = value.isDouble();
    const double found = read ? value.toDouble() : value.toString().toDouble(&read);
    return read && std::isfinite(found) ? found : otherwise;
}

/// An id of the table: what is none is refused, for a frame would find the wrong symbol.
[[nodiscard]] std::optional<std::uint16_t> id_in(const QJsonObject& object) {
    const int id = object.value("id").toInt(-1);
    if (id < 0 || id > kMostSymbols) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(id);
}

[[nodiscard]] std::string name_in(const QJsonObject& object, const char* key) {
    return object.value(QLatin1String(key)).toString().left(kLongestName).toStdString();
}

[[nodiscard]] int decimals_of(double tick) {
    int decimals = 0;
    for (double rest = tick; decimals < 8 && std::abs(rest - std::round(rest)) > 1e-6; rest *= 10) {
        ++decimals;
    }
    return decimals;
}

[[nodiscard]] std::optional<Symbol> symbol_in(const QJsonObject& object) {
    const auto id = id_in(object);
    Symbol symbol;
    symbol.name = name_in(object, "name");
    if (!id || symbol.name.empty()) {
        return std::nullopt;
    }
    symbol.id = *id;
    symbol.tick = std::clamp(number(object.value("tick"), 0.01), 1e-8, 1e6);
    symbol.decimals = std::clamp(object.value("decimals").toInt(decimals_of(symbol.tick)), 0, 8);
    symbol.span =
        static_cast<std::uint32_t>(std::clamp(object.value("span").toInt(60), 1, 7 * 86'400));
    return symbol;
}

[[nodiscard]] StudyKind kind_in(const QJsonObject& object) {
    constexpr std::array<std::pair<const char*, StudyKind>, 5> kKinds{{
        {"line", StudyKind::kLine},
        {"band", StudyKind::kBand},
        {"box", StudyKind::kBox},
        {"marker", StudyKind::kMarker},
        {"histogram", StudyKind::kHistogram},
    }};
    const QString word = object.value("kind").toString();
    for (const auto& [known, kind] : kKinds) {
        if (word == QLatin1String(known)) {
            return kind;
        }
    }
    return StudyKind::kLine;
}

[[nodiscard]] std::optional<Study> study_in(const QJsonObject& object) {
    const auto id = id_in(object);
    if (!id) {
        return std::nullopt;
    }
    Study study;
    study.id = *id;
    study.name = name_in(object, "name");
    study.kind = kind_in(object);
    study.strategy = name_in(object, "strategy");
    if (const std::string pane = name_in(object, "pane"); !pane.empty()) {
        study.pane = pane;
    }
    if (const QColor colour(object.value("colour").toString()); colour.isValid()) {
        study.colour = colour.rgb() & 0xffffffU;
    }
    return study;
}

}  // namespace

std::optional<Hello> read_hello(QByteArrayView payload, std::string& fault) {
    const auto object = object_in(payload, "hello", fault);
    if (!object) {
        return std::nullopt;
    }
    return Hello{object->value("protocol").toInt(), object->value("run").toString(),
                 object->value("mode").toString(), object->value("account_mode").toString()};
}

std::optional<Table> read_table(QByteArrayView payload, std::string& fault) {
    const auto object = object_in(payload, "symbol table", fault);
    if (!object) {
        return std::nullopt;
    }
    Table table;
    const QJsonArray symbols = object->value("symbols").toArray();
    for (const QJsonValue& value : symbols) {
        auto symbol = symbol_in(value.toObject());
        if (!symbol) {
            fault = "symbol table: found an entry without id or name";
            return std::nullopt;
        }
        table.symbols.push_back(std::move(*symbol));
    }
    const QJsonArray studies = object->value("studies").toArray();
    for (const QJsonValue& value : studies) {
        if (auto study = study_in(value.toObject())) {
            table.studies.push_back(std::move(*study));
        }
    }
    return table;
}

QString read_refusal(QByteArrayView payload) {
    std::string fault;
    const auto object = object_in(payload, "answer", fault);
    if (!object || object->value("accepted").toBool()) {
        return {};
    }
    const QString code = object->value("code").toString();
    return code.isEmpty() ? QStringLiteral("refused") : code;
}

}  // namespace tp
