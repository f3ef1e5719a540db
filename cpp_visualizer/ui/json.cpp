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
constexpr std::array<std::uint32_t, 6> kColours{0xc3a6ff, 0x7fd6b0, 0xffcc4d,
                                                0xff8fc7, 0x8fd3ff, 0xd9c7a0};

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
    symbol.reference = number(object.value("reference"), symbol.reference);
    symbol.span =
        static_cast<std::uint32_t>(std::clamp(object.value("span").toInt(60), 1, 7 * 86'400));
    return symbol;
}

[[nodiscard]] StudyKind kind_in(const QJsonObject& object) {
    constexpr std::array<std::pair<const char*, StudyKind>, 7> kKinds{{
        {"line", StudyKind::kLine},
        {"step", StudyKind::kStep},
        {"dots", StudyKind::kDots},
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
    const std::string label = name_in(object, "label");
    study.name = label.empty() ? name_in(object, "name") : label;
    study.kind = kind_in(object);
    study.pane = object.value("pane").toInt();
    study.partner = static_cast<std::uint16_t>(
        std::clamp<int>(object.value("partner").toInt(), 0, kMostSymbols));
    const QColor colour(object.value("colour").toString());
    // Where the engine leaves it to us, neighbours differ.
    study.colour = colour.isValid() ? colour.rgb() & 0xffffffU : kColours.at(*id % kColours.size());
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
