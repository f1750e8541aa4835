// without_reading COMMAND...: runs it where no process may read another's memory, as in some containers.
#include "support/forbidden_reading.hpp"

#include <cstdio>

#include <unistd.h>

int main(int, char** arguments) {
    constexpr int skipped = 77;
    if (!ordermill::test::forbid_reading_processes()) return skipped;
    ::execvp(arguments[1], arguments + 1);
    std::perror(arguments[1]);
    return 1;
}
