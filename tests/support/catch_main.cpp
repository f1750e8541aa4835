#define CATCH_CONFIG_RUNNER
#include "support/catch.hpp"
#include "support/skip.hpp"

#include <iostream>

namespace {

constexpr int skipped_status = 77; // SKIP_RETURN_CODE in tests/CMakeLists.txt
bool any_skipped = false;

} // namespace

void ordermill::test::skip(const std::string& reason) {
    std::cout << "skipped: " << reason << std::endl;
    any_skipped = true;
}

int main(int argc, char* argv[]) {
    const int failed = Catch::Session().run(argc, argv);
    return failed == 0 && any_skipped ? skipped_status : failed;
}
