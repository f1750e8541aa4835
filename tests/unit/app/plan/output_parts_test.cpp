#include "app/plan/output_parts.hpp"
#include "support/catch.hpp"

#include <set>

using namespace ordermill;
using app::OutputParts;

TEST_CASE("stripes go to the parts in turn, each file's from a part of its own") {
    const OutputParts parts{.count = 3, .stripe = 100};
    struct {
        std::uint32_t file;
        std::uint64_t offset;
        std::uint32_t part;
    } const cases[] = {{0, 0, 0},   {0, 99, 0}, {0, 100, 1}, {0, 250, 2}, {0, 300, 0},
                       {0, 999, 0}, {1, 0, 1},  {1, 150, 2}, {2, 0, 2},   {3, 0, 0}};
    for (const auto& one : cases) {
        INFO("file " << one.file << ", byte " << one.offset);
        CHECK(parts.part_of(one.file, one.offset) == one.part);
    }
}

TEST_CASE("a stripe ends at a multiple of its size; one part has no stripes") {
    const OutputParts parts{.count = 2, .stripe = 100};
    CHECK(parts.stripe_end(0) == 100);
    CHECK(parts.stripe_end(99) == 100);
    CHECK(parts.stripe_end(100) == 200);
    const OutputParts one = app::output_parts(1, 1000);
    CHECK(one.stripe_end(12345) == UINT64_MAX);
    CHECK(one.part_of(7, 123456789) == 0);
}

TEST_CASE("stripes grow with the inputs, by powers of two from 1 to 8 MiB") {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20;
    constexpr std::uint64_t gib = std::uint64_t{1} << 30;
    struct {
        std::uint64_t bytes, stripe;
    } const cases[] = {{0, mib},
                       {8 * gib, mib},
                       {9 * gib, 2 * mib},
                       {16 * gib, 2 * mib},
                       {17 * gib, 4 * mib},
                       {33 * gib, 8 * mib},
                       {5000 * gib, 8 * mib}};
    for (const auto& one : cases) {
        INFO(one.bytes << " bytes");
        CHECK(app::output_parts(4, one.bytes).stripe == one.stripe);
    }
}

TEST_CASE("parts are numbered files in a folder that is called like the one file") {
    CHECK(app::clean_output_names("clean.csv", 1) == std::vector<std::string>{"clean.csv"});
    CHECK(app::clean_output_names("clean.csv", 2) ==
          std::vector<std::string>{"clean/part-00001.csv", "clean/part-00002.csv"});
    CHECK(app::clean_output_names("sold.a.tsv", 2).back() == "sold.a/part-00002.tsv");
    CHECK(app::clean_output_names("orders", 2).front() == "orders/part-00001");
    CHECK(app::clean_output_names("clean.csv", 9999).back() == "clean/part-09999.csv");
    CHECK(app::clean_outputs_text("clean.csv", 1) == "clean.csv");
    CHECK(app::clean_outputs_text("clean.csv", 16) == "clean/part-00001.csv ... part-00016.csv");
}

TEST_CASE("only a part's name is a part's name") {
    for (const std::string& name : app::clean_output_names("clean.csv", 12)) CHECK(app::is_part_name(name));
    for (const char* name : {"orders/part-00001", "a b/part-00010.tsv"}) CHECK(app::is_part_name(name));
    for (const char* name :
         {"clean.csv", "part-00001.csv", "/part-00001.csv", "../part-00001.csv", "./part-00001.csv",
          "a/b/part-00001.csv", "clean/part-0001.csv", "clean/part-00001csv", "clean/part-0000a.csv",
          "clean/mine.csv", "clean/.part-00001.csv", "clean/part-00001.csv/x", ""}) {
        INFO(name);
        CHECK_FALSE(app::is_part_name(name));
    }
}
