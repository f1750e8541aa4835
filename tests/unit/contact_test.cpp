#include "core/contact.hpp"

#include "support/catch.hpp"

#include <string>

using namespace ordermill::core;

TEST_CASE("e-mail addresses", "[contact]") {
    for (const char* good :
         {"ann@example.org", "a.b+c@sub.example.co.uk", "x_y@a-b.de", "1@2.3.com", "o'hara@example.org"}) {
        INFO(good);
        CHECK(check_email(good) == Reason::none);
    }
    for (const char* bad : {"", "ann", "ann@", "@example.org", "ann@example", "ann@.org", "ann@example.",
                            ".ann@example.org", "ann.@example.org", "a..b@example.org", "ann@exa mple.org",
                            "ann@-example.org", "a@b@example.org", "änn@example.org"}) {
        INFO(bad);
        CHECK(check_email(bad) == Reason::not_an_email);
    }
    CHECK(check_email(std::string(65, 'a') + "@example.org") == Reason::not_an_email);
    CHECK(check_email("a@" + std::string(64, 'b') + ".org") == Reason::not_an_email);
}

TEST_CASE("countries by any of their names", "[contact]") {
    CHECK(country_code("US") == "US");
    CHECK(country_code("usa") == "US");
    CHECK(country_code("United Kingdom") == "GB");
    CHECK(country_code("UK") == "GB");
    CHECK(country_code("EIRE") == "IE");
    CHECK(country_code("Deutschland") == "DE");
    CHECK(country_code("Atlantis") == "");
    CHECK(country_code("") == "");
}

TEST_CASE("phones", "[contact]") {
    struct Case {
        const char* text;
        const char* country;
        const char* e164; ///< empty: a fault
    };
    const Case cases[] = {
        {"2125557818", "US", "+12125557818"},
        {"(514) 555-8054", "CA", "+15145558054"},
        {"1-212-555-7818", "US", "+12125557818"},
        {"555-7818", "US", ""},
        {"+33 1 46 62 7555", "FR", "+33146627555"},
        {"+33 1 46 62 7555", "", "+33146627555"},
        {"0033 1 46 62 75 55", "", "+33146627555"},
        {"01 46 62 75 55", "FR", "+33146627555"},
        {"26.47.1555", "FR", ""},
        {"01 46 62 75 55", "", ""},
        {"+49 69 66 90 2555", "DE", "+496966902555"},
        {"0221-5554327", "DE", "+492215554327"},
        {"+44 (0)20 7946 0018", "GB", "+442079460018"},
        {"(171) 555-7555", "GB", "+441715557555"},
        {"02 9936 8555", "AU", "+61299368555"},
        {"+81 06 6342 5555", "JP", ""},
        {"07-98 9555", "NO", "+4707989555"},
        {"+65 221 7555", "SG", ""},
        {"011-4988555", "IT", "+390114988555"},
        {"ask Bob", "US", ""},
        {"((212) 5557818", "US", ""},
        {"+1 212 555 7818 ext 5", "US", ""},
        {"", "US", ""},
    };
    Arena arena;
    for (const Case& c : cases) {
        INFO(c.text << " in " << c.country);
        const ParsedPhone parsed = parse_phone(c.text, PhoneFormat::e164, c.country, arena);
        CHECK(parsed.text == c.e164);
        CHECK((parsed.reason == Reason::none) == (*c.e164 != 0));
    }
    CHECK(parse_phone("(171) 555-7788", PhoneFormat::digits, "", arena).text == "1715557788");
    CHECK(parse_phone("+353 1862 1555", PhoneFormat::digits, "", arena).text == "+35318621555");
    CHECK(parse_phone("12", PhoneFormat::digits, "", arena).reason == Reason::not_a_phone);
}
