#include "app/base/name_text.hpp"
#include "app/terminal/message.hpp"

#include "core/text/text.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace ordermill;

TEST_CASE("what is shown can't do more than be read") {
    struct Case {
        std::string text;
        std::string shown;
    };
    const std::vector<Case> cases{
        {"", ""},
        {"orders of M\u00FCller \u2603.csv", "orders of M\u00FCller \u2603.csv"},
        {"two\tcolumns\nand a line\n", "two\tcolumns\nand a line\n"},
        {"\x1B]0;title\x07.csv", "\\x1B]0;title\\x07.csv"},
        {"carriage\rreturn\x7F", "carriage\\x0Dreturn\\x7F"},
        {std::string("a\0b", 3), "a\\x00b"},
        {"\xC2\x9B"
         "31m",
         "\\xC2\\x9B31m"},
        {"\u00A0\u202Ecsv.exe\u2066", "\u00A0\\xE2\\x80\\xAEcsv.exe\\xE2\\x81\\xA6"},
        {"caf\xE9.csv", "caf\\xE9.csv"},
        {"\xE2\x82", "\\xE2\\x82"},
        {"\xFF\xC3\xA9\xC3", "\\xFF\u00E9\\xC3"},
    };
    for (const Case& one : cases) CHECK(app::printable(one.text) == one.shown);
}

TEST_CASE("a name becomes UTF-8 and comes back") {
    CHECK(app::name_to_text("M\u00FCller.csv") == "M\u00FCller.csv");
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    const std::vector<std::string> names{
        "",         "plain.csv", "M\u00FCller", "caf\xE9", "\xFF\xFE", all, app::name_to_text("\xE9"),
        "\xEF\x9C", "\xE2\x82"};
    for (const std::string& name : names) {
        const std::string text = app::name_to_text(name);
        CHECK(core::is_utf8(text));
        CHECK(app::text_to_name(text) == name);
        for (const std::string& other : names)
            if (other != name) CHECK(app::name_to_text(other) != text);
    }
}
