// Letters beyond ASCII and spaces behind spaces come out of a row's operations as the general way has them,
// wherever in a text they stand.
#include "core/clean/clean.hpp"

#include "support/catch.hpp"
#include "support/clean_text.hpp"

#include <string>

using namespace ordermill;

namespace {

/// UTF-8 of a code point below U+10000.
std::string utf8(unsigned point) {
    const auto byte = [](unsigned bits) { return static_cast<char>(bits); };
    if (point < 0x80) return {byte(point)};
    if (point < 0x800) return {byte(0xC0 | point >> 6), byte(0x80 | (point & 63))};
    return {byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
}

std::string cleaned(const test::ReadyJob& job, const std::string& csv, core::Cleaner::Ways ways) {
    core::Cleaner cleaner(job.recipe(), ways);
    core::Batch batch;
    batch.tally = core::Tally(job.recipe().shape());
    cleaner.clean(job.chunk(csv), job.mapping(), batch);
    CHECK(batch.accounts.rejected.records == 0);
    return std::string(batch.clean.bytes.view());
}

void compare(const std::string& steps, const std::string& texts) {
    INFO(steps);
    // Blank lines, as the general way does the records at the very end of the bytes.
    const std::string csv = "c,d\n" + texts + std::string(64, '\n');
    const test::ReadyJob job = test::ready_job("[fields]\nc = text" + steps + "\nd = text\n", csv);
    const std::string expected = cleaned(job, csv, core::Cleaner::Ways::general);
    CHECK(expected.size() > texts.size() / 2);
    REQUIRE(cleaned(job, csv, core::Cleaner::Ways::both) == expected);
}

} // namespace

TEST_CASE("letters change their case wherever they stand", "[rows][text]") {
    std::string texts;
    for (unsigned point = 0x80; point < 0x300; ++point) {
        for (const std::size_t before : {0, 1, 5, 29, 30, 31, 32, 61, 62, 63}) {
            const std::string letter = utf8(point);
            texts += std::string(before, 'x') + letter + letter + "aZ" + letter + ",y\n";
        }
    }
    for (const char* steps : {"", " | upper", " | lower", " | title", " | collapse", " | collapse | upper",
                              " | nfc", " | nfc | lower"})
        compare(steps, texts);
}

TEST_CASE("marks and white space beyond ASCII are seen wherever they stand", "[rows][text]") {
    std::string texts;
    for (const unsigned point :
         {0x85U, 0xA0U, 0x300U, 0x301U, 0x327U, 0x1680U, 0x2000U, 0x200AU, 0x2028U, 0x202FU, 0x205FU, 0x3000U,
          0x391U, 0x3B1U, 0x410U, 0x1E9EU, 0x20ACU, 0xFEFFU}) {
        for (std::size_t before = 0; before < 40; ++before) {
            const std::string front(before, 'a');
            for (const char* behind : {"", "b", " b", "e\xCC\x81"})
                texts += front + utf8(point) + behind + ",y\n" + front + " " + utf8(point) + "\xC3\xA9" +
                         behind + ",y\n";
        }
    }
    for (const char* steps : {" | upper", " | lower", " | collapse", " | nfc", " | collapse | upper | nfc"})
        compare(steps, texts);
}

TEST_CASE("runs of spaces become one wherever they stand", "[rows][text]") {
    std::string texts;
    for (std::size_t before = 1; before < 40; ++before) {
        for (std::size_t spaces = 1; spaces < 36; spaces += spaces < 4 ? 1 : 7) {
            const std::string gap(spaces, ' ');
            texts += std::string(before, 'a') + gap + "B" + gap + "c,y\n";
            texts += gap + std::string(before, 'a') + gap + "\xC3\x89t\xC3\xA9" + gap + ",y\n";
            texts += "\"" + std::string(before, 'a') + gap + "b, c\",y\n";
        }
    }
    for (const char* steps : {"", " | collapse", " | collapse | upper", " | collapse | lower"})
        compare(steps, texts);
}
