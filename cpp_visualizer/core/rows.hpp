// Records inside a payload, read where they lie: a payload need not be aligned.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace tp {

template <class Record>
class Rows {
    static_assert(std::is_trivially_copyable_v<Record>);

  public:
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() / sizeof(Record); }

    /// The record at `index`, which has to be below size().
    [[nodiscard]] Record operator[](std::size_t index) const noexcept {
        Record record;
        std::memcpy(&record, bytes_.data() + index * sizeof(Record), sizeof(Record));
        return record;
    }

    /// The rows in `payload`; nothing when its bytes are no whole number of them.
    [[nodiscard]] static std::optional<Rows> in(std::span<const std::byte> payload) noexcept {
        if (payload.size() % sizeof(Record) != 0) {
            return std::nullopt;
        }
        return Rows(payload);
    }

  private:
    explicit Rows(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

    std::span<const std::byte> bytes_;
};

}  // namespace tp
