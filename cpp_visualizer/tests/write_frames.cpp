// Writes the stream of made.hpp to standard output: the Python tests read it.
#include <cstdio>

#include "made.hpp"

int main() {
    const tp::Bytes bytes = made::stream();
    return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0 : 1;
}
