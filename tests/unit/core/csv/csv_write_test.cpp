// Writing fields and showing bytes, against the naive way: these look at 16 bytes at a time.
#include "core/csv/csv_write.hpp"

#include "support/catch.hpp"
#include "support/random_text.hpp"

#include <random>
#include <string>

using namespace ordermill;

namespace {

std::string naive_field(std::string_view text, char delimiter, bool always) {
    const std::string special{delimiter, '"', '\n', '\r'};
    if (!always && text.find_first_of(special) == std::string_view::npos) return std::string(text);
    std::string field = "\"";
    for (const char byte : text) field += byte == '"' ? "\"\"" : std::string(1, byte);
    return field + '"';
}

std::string field(std::string_view text, char delimiter, bool always) {
    core::Buffer out;
    core::append_field(out, text, delimiter, always);
    return std::string(out.view());
}

std::string escaped(std::string_view bytes) {
    core::Buffer out;
    core::append_escaped(out, bytes);
    return std::string(out.view());
}

} // namespace

TEST_CASE("a field is quoted when it must be, wherever that stands", "[csv][write][property]") {
    std::mt19937_64 random(3);
    std::size_t quoted = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string_view alphabet = random() % 2 == 0   ? "abc"
                                          : random() % 2 == 0 ? "abcdefghijklmnop\""
                                                              : "ab\",;\n\r";
        const std::string text = test::random_bytes(random, random() % 80, alphabet);
        const char delimiter = random() % 2 == 0 ? ',' : ';';
        const bool always = random() % 4 == 0;
        INFO("'" << text << "'");
        REQUIRE(field(text, delimiter, always) == naive_field(text, delimiter, always));
        REQUIRE(core::needs_quotes(text, delimiter) == (naive_field(text, delimiter, false) != text));
        quoted += naive_field(text, delimiter, always) != text;
    }
    CHECK(quoted > 5'000);
    CHECK(quoted < 15'000);
}

TEST_CASE("what can't be shown is escaped, wherever it stands", "[csv][write]") {
    const std::pair<std::string, std::string> cases[] = {
        {std::string(1, '\0'), "\\x00"},
        {"\\", "\\\\"},
        {"\xFF", "\\xFF"},
        {"\xC3\xA9", "\xC3\xA9"},
        {"\xC3", "\\xC3"},
        {"\x80\x80", "\\x80\\x80"},
        {"a\x01"
         "b",
         "a\x01"
         "b"},
        {"\n", "\n"},
        {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
    };
    for (const auto& [bytes, shown] : cases) {
        for (std::size_t before = 0; before < 40; ++before) {
            for (const std::size_t behind : {0, 1, 15, 16, 17, 40}) {
                const std::string front(before, 'x'), back(behind, 'y');
                INFO(before << " bytes, " << shown << ", " << behind << " bytes");
                REQUIRE(escaped(front + bytes + back + bytes) == front + shown + back + shown);
            }
        }
    }
    CHECK(escaped("").empty());
    CHECK(escaped(std::string(100, '\\')) == std::string(200, '\\'));
}
