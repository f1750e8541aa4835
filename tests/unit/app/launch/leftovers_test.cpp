#include "app/launch/leftovers.hpp"

#include "support/catch.hpp"
#include "support/temporary.hpp"
#include "system/process.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace ordermill;

namespace {

void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

/// The number of a process that is gone.
pid_t gone() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return child;
}

} // namespace

TEST_CASE("what killed runs have left is removed, and nothing else") {
    const test::TemporaryFolder folder;
    const fs::path temporary = folder.path("tmp");
    const fs::path shared = folder.path("shm");
    const std::string ours = system::host_name() + '.' + std::to_string(::geteuid());
    const std::string dead = std::to_string(gone());
    const fs::path session = temporary / ("ompi." + ours);
    const fs::path mapped = shared / ("vader_segment." + ours + ".77.1");
    write(session / ("pid." + dead) / "0" / "file", "x");
    write(session / ("pid." + std::to_string(::getpid())) / "file", "x");
    write(session / "pid.none" / "file", "x");
    write(temporary / "ompi.elsewhere.0" / ("pid." + dead) / "file", "x");
    write(temporary / "ordermill-run-old" / "owner", dead + ' ' + system::this_process().space + '\n');
    write(temporary / "ordermill-run-own" / "file", "x");
    app::write_owner((temporary / "ordermill-run-own").string());
    write(temporary / "ordermill-run-elsewhere" / "owner", dead + " another-space\n");
    write(temporary / "ordermill-run-unknown" / "exit_status-0", "0\n");
    write(shared / ("vader_segment." + ours + ".77.0"), "x");
    write(shared / "vader_segment.elsewhere.0.77.0", "x");
    write(mapped, "x");
    fs::create_directory_symlink(temporary, session / "pid.999999999");
    const int descriptor = ::open(mapped.c_str(), O_RDONLY);
    void* const page = ::mmap(nullptr, 1, PROT_READ, MAP_SHARED, descriptor, 0);
    REQUIRE(page != MAP_FAILED);
    ::close(descriptor);

    app::LeftoverPlaces places;
    places.temporary = temporary.string();
    places.shared = shared.string();
    app::clear_leftovers(places);
    CHECK(fs::exists(session / ("pid." + dead))); // it is young
    places.least_age = std::chrono::seconds(0);
    app::clear_leftovers(places);
    ::munmap(page, 1);

    CHECK_FALSE(fs::exists(session / ("pid." + dead)));
    CHECK_FALSE(fs::exists(temporary / "ordermill-run-old"));
    CHECK_FALSE(fs::exists(shared / ("vader_segment." + ours + ".77.0")));
    for (const fs::path& stays :
         {session / ("pid." + std::to_string(::getpid())), session / "pid.none", session / "pid.999999999",
          temporary / "ompi.elsewhere.0" / ("pid." + dead), temporary / "ordermill-run-own",
          temporary / "ordermill-run-elsewhere", temporary / "ordermill-run-unknown",
          shared / "vader_segment.elsewhere.0.77.0", mapped}) {
        INFO(stays);
        CHECK(fs::exists(stays));
    }
}
