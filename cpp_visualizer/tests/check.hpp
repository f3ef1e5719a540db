// As much of a test framework as tests without Qt need.
#pragma once

#include <cstdio>
#include <exception>
#include <source_location>
#include <string>
#include <vector>

namespace check {

struct Case {
    const char* name;
    void (*run)();
};

inline std::vector<Case>& cases() {
    static std::vector<Case> all;
    return all;
}

inline int& failures() {
    static int count = 0;
    return count;
}

struct Listed {
    Listed(const char* name, void (*run)()) { cases().push_back({name, run}); }
};

/// Count what does not hold; the test goes on. `what` says more where a loop hides which one.
inline void that(bool holds, const std::string& what = {},
                 std::source_location at = std::source_location::current()) {
    if (!holds) {
        ++failures();
        std::printf("%s:%u: does not hold %s\n", at.file_name(), at.line(), what.c_str());
    }
}

template <class Left, class Right>
void same(const Left& found, const Right& expected,
          std::source_location at = std::source_location::current()) {
    that(found == expected, "(not the same)", at);
}

inline int run() {
    for (const Case& one : cases()) {
        const int before = failures();
        try {
            one.run();
        } catch (const std::exception& error) {
            that(false, std::string("threw ") + error.what());
        }
        std::printf("%s %s\n", failures() == before ? "ok  " : "FAIL", one.name);
    }
    return failures() == 0 ? 0 : 1;
}

}  // namespace check

#define CASE(name)                                         \
    static void name();                                    \
    static const check::Listed listed_##name(#name, name); \
    static void name()

int main() { return check::run(); }
