#include "app/chunks/written_totals.hpp"
#include "io/crc.hpp"
#include "support/catch.hpp"
#include "support/two_files.hpp"

#include <string>

using namespace ordermill;
using app::Chunk;
using app::WrittenTotals;

namespace {

struct TwoFiles : test::TwoFiles {
    TwoFiles() : test::TwoFiles("[fields]\nid = integer\n", "id\n1\n2\nx\n", "id\n3\n4\n") {}
    core::Tally tally() const { return core::Tally(compiled.recipes.front().shape()); }
};

/// A chunk that is written: its clean text, and the raw rejects of its file.
Chunk written(const TwoFiles& of, std::uint32_t file, std::uint64_t next_record, std::uint64_t base_line,
              const std::string& clean, const std::string& raw) {
    Chunk chunk;
    chunk.file = file;
    chunk.base_line = base_line;
    chunk.reply.next_record = next_record;
    chunk.reply.accounts.lines = 2;
    chunk.reply.accounts.clean = {.records = 2, .bytes = 4};
    chunk.sizes = {.clean = clean.size(), .rejects = 0, .raw = raw.size(), .duplicates = 0};
    chunk.written.clean_crc = io::crc32(clean);
    chunk.written.raw_crc = io::crc32(raw);
    chunk.tally = of.tally().encode();
    return chunk;
}

} // namespace

TEST_CASE("outputs' lengths and checksums are those of the texts one after the other") {
    const TwoFiles of;
    WrittenTotals totals(of.plan, of.compiled);
    totals.begin("id\n", "file\n", "");
    totals.add(written(of, 0, 7, 2, "1\n2\n", "x\n"));
    totals.add(written(of, 0, 9, 4, "", "y\n"));
    totals.add(written(of, 1, 7, 2, "3\n", ""));
    CHECK(totals.totals().clean.front().bytes == 9);
    CHECK(totals.totals().clean.front().crc == io::crc32("id\n1\n2\n3\n"));
    CHECK(totals.totals().rejects.crc == io::crc32("file\n"));
    REQUIRE(totals.totals().raw.size() == 1); // with the input's header
    CHECK(totals.totals().raw.at(0).bytes == 7);
    CHECK(totals.totals().raw.at(0).crc == io::crc32("id\nx\ny\n"));
    CHECK(totals.totals().records_read == 6);
    CHECK(totals.totals().files[0].clean.records == 4);
    CHECK(totals.totals().files[1].clean.records == 2);
}

TEST_CASE("records that left a chunk after it was cleaned leave the clean ones") {
    const TwoFiles of;
    WrittenTotals totals(of.plan, of.compiled);
    Chunk chunk = written(of, 0, 7, 2, "1\n", "");
    chunk.reply.accounts.clean = {.records = 5, .bytes = 50};
    chunk.reply.accounts.rejected = {.records = 1, .bytes = 7};
    chunk.duplicates = {.records = 2, .bytes = 20};
    chunk.rejected = {.records = 1, .bytes = 10};
    totals.add(chunk);
    const core::Accounts& accounts = totals.totals().files[0];
    CHECK(accounts.clean.records == 2);
    CHECK(accounts.clean.bytes == 20);
    CHECK(accounts.duplicates.records == 2);
    CHECK(accounts.rejected.records == 2);
    CHECK(accounts.rejected.bytes == 17);
    CHECK(totals.totals().records_read == 6);
}

TEST_CASE("a checkpoint says how far the inputs are written, and another run goes on from it") {
    const TwoFiles of;
    WrittenTotals before(of.plan, of.compiled);
    CHECK(before.checkpoint().offset == 3); // behind the header
    before.begin("id\n", "", "");
    before.add(written(of, 0, 9, 2, "1\n2\n", ""));
    before.close_file(0, 9);
    before.add(written(of, 1, 5, 2, "3\n", ""));
    const app::Checkpoint point = before.checkpoint();
    CHECK(point.file == 1);
    CHECK(point.offset == 5);
    CHECK(point.line == 3);

    WrittenTotals after(of.plan, of.compiled);
    after.resume(app::Checkpoint::decode(point.encode(), of.compiled));
    CHECK(after.checkpoint().offset == 5);
    CHECK(after.totals().data_ends[0] == of.plan.files[0].data_end); // of the file before the checkpoint's
    after.add(written(of, 1, 7, 4, "4\n", ""));
    CHECK(after.totals().clean.front().crc == io::crc32("id\n1\n2\n3\n4\n"));
    CHECK(after.totals().records_read == 6);
}

TEST_CASE("parts are accounted for one by one") {
    TwoFiles of;
    of.plan.parts = {.count = 2, .stripe = 4};
    WrittenTotals totals(of.plan, of.compiled);
    totals.begin("id\n", "file\n", "");
    Chunk first = written(of, 0, 5, 2, "1\n", "");
    first.write.part = 1;
    totals.add(first);
    totals.add(written(of, 0, 7, 3, "22\n", ""));
    CHECK(totals.totals().clean.at(0).crc == io::crc32("id\n22\n"));
    CHECK(totals.totals().clean.at(1).crc == io::crc32("id\n1\n"));
    CHECK(totals.totals().clean_bytes() == 6 + 5);
}
