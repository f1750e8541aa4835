#include "core/text/encoding.hpp"

#include "support/catch.hpp"
#include "support/skip.hpp"

#include <iconv.h>
#include <string>

using namespace ordermill::core;

TEST_CASE("code pages as iconv has them", "[encoding]") {
    struct Case {
        Encoding encoding;
        const char* charset;
    };
    const Case cases[] = {{Encoding::latin1, "ISO-8859-1"},
                          {Encoding::windows1252, "CP1252"},
                          {Encoding::cp437, "CP437"},
                          {Encoding::cp850, "CP850"}};
    for (const Case& c : cases) {
        const iconv_t converter = iconv_open("UTF-8", c.charset);
        if (converter == reinterpret_cast<iconv_t>(-1)) {
            ordermill::test::skip(std::string("this system's iconv doesn't know ") + c.charset);
            continue;
        }
        for (int byte = 1; byte < 256; ++byte) {
            INFO(c.charset << " byte " << byte);
            char in[] = {'a', static_cast<char>(byte), 'b'};
            char out[16];
            char* from = in;
            char* to = out;
            std::size_t left = sizeof in;
            std::size_t room = sizeof out;
            const bool known = iconv(converter, &from, &left, &to, &room) != static_cast<std::size_t>(-1);
            iconv(converter, nullptr, nullptr, nullptr, nullptr);
            Arena arena;
            const auto ours = to_utf8({in, sizeof in}, c.encoding, arena);
            REQUIRE(ours.has_value() == known);
            if (known) REQUIRE(*ours == std::string(out, to));
        }
        iconv_close(converter);
    }
}

TEST_CASE("UTF-8 and names of encodings", "[encoding]") {
    Arena arena;
    CHECK(to_utf8("é", Encoding::utf8, arena) == "é");
    CHECK_FALSE(to_utf8("\xE9", Encoding::utf8, arena));
    CHECK(to_utf8("Mart\xA1n", Encoding::cp437, arena) == "Martín");
    CHECK(encoding_named("UTF-8") == Encoding::utf8);
    CHECK(encoding_named("utf_8") == Encoding::utf8);
    CHECK(encoding_named("Windows-1252") == Encoding::windows1252);
    CHECK(encoding_named("ISO-8859-1") == Encoding::latin1);
    CHECK(encoding_named("IBM437") == Encoding::cp437);
    CHECK_FALSE(encoding_named("utf-16"));
    CHECK_FALSE(encoding_named("a very long name of an encoding"));
    for (const Encoding encoding :
         {Encoding::utf8, Encoding::latin1, Encoding::windows1252, Encoding::cp437, Encoding::cp850}) {
        CHECK(encoding_named(name(encoding)) == encoding);
    }
}
