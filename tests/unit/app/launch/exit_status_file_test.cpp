#include "app/launch/exit_status_file.hpp"

#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

using namespace ordermill::app;

TEST_CASE("the exit_status's file") {
    const ordermill::test::TemporaryFolder folder;
    const std::string path = folder / "exit_status";
    ::unsetenv(exit_status_variable);
    write_exit_status(7); // nobody asked: nothing happens
    ::setenv(exit_status_variable, path.c_str(), 1);
    CHECK(!read_exit_status(path).begun);
    write_begun();
    CHECK(read_exit_status(path).begun);
    CHECK(!read_exit_status(path).exit_code);
    for (const int code : {0, 1, 75}) {
        write_exit_status(code);
        CHECK(folder.read("exit_status") == fmt::format("{}\n", code));
        CHECK(read_exit_status(path).exit_code == code);
    }
    for (const char* const text : {"7", "", "x\n", "7 \n"}) { // whole lines only
        folder.write("exit_status", text);
        INFO(text);
        CHECK(!read_exit_status(path).exit_code);
    }
    ::setenv(exit_status_variable, (folder / "nowhere/exit_status").c_str(), 1);
    write_exit_status(1);
    ::unsetenv(exit_status_variable);
}
