#include "core/contact/contact.hpp"
#include "core/contact/countries.hpp"

#include "support/catch.hpp"

#include <random>
#include <re2/re2.h>
#include <set>
#include <string>

using namespace ordermill::core;

TEST_CASE("e-mail addresses", "[contact]") {
    for (const char* good : {"ann@example.org", "a.b+c@sub.example.co.uk", "x_y@a-b.de", "1@2.3.com",
                             "o'hara@example.org", "a@b.c", "!#$%&'*+/=?^_`{|}~-@x.y"}) {
        INFO(good);
        CHECK(check_email(good) == Reason::none);
    }
    for (const char* bad : {"",
                            "ann",
                            "ann@",
                            "@example.org",
                            "ann@example",
                            "ann@.org",
                            "ann@example.",
                            ".ann@example.org",
                            "ann.@example.org",
                            "a..b@example.org",
                            "ann@exa mple.org",
                            "ann@-example.org",
                            "ann@example-.org",
                            "a@b@example.org",
                            "änn@example.org",
                            "ann@example..org",
                            "ann@ex_ample.org",
                            "ann@münchen.de",
                            " ann@example.org",
                            "Ann <ann@example.org>",
                            "ann@[127.0.0.1]",
                            "\"a b\"@example.org"}) {
        INFO(bad);
        CHECK(check_email(bad) == Reason::not_an_email);
    }
    const std::string label(63, 'b');
    CHECK(check_email(std::string(64, 'a') + "@example.org") == Reason::none);
    CHECK(check_email(std::string(65, 'a') + "@example.org") == Reason::not_an_email);
    CHECK(check_email("a@" + label + ".org") == Reason::none);
    CHECK(check_email("a@" + label + "b.org") == Reason::not_an_email);
    const std::string longest = "a@" + label + "." + label + "." + label + "." + std::string(60, 'c');
    CHECK(longest.size() == 254);
    CHECK(check_email(longest) == Reason::none);
    CHECK(check_email("a" + longest) == Reason::not_an_email);
}

TEST_CASE("e-mail addresses against the regular expression of the HTML standard", "[contact][property]") {
    const re2::RE2 html("[a-zA-Z0-9.!#$%&'*+\\/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
                        "(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+");
    const re2::RE2 dots("(?:\\.[^@]*|[^@]*\\.|[^@]*\\.\\.[^@]*)@.*");
    std::mt19937_64 random(11);
    int good = 0;
    for (int round = 0; round < 100'000; ++round) {
        std::string text;
        const auto append = [&](std::size_t most) {
            for (std::size_t i = random() % (most + 1); i > 0; --i) text += "aZ9a.Z9-a.+_ @"[random() % 14];
        };
        append(5);
        text += '@';
        append(6);
        INFO("round " << round << ": " << text);
        const bool expected = re2::RE2::FullMatch(text, html) && !re2::RE2::FullMatch(text, dots);
        REQUIRE((check_email(text) == Reason::none) == expected);
        good += expected ? 1 : 0;
    }
    CHECK(good > 500);
}

TEST_CASE("countries by any of their names", "[contact]") {
    const char* const names[][2] = {
        {"US", "US"},
        {"usa", "US"},
        {"U.S.A.", "US"},
        {"United States", "US"},
        {"GB", "GB"},
        {"UK", "GB"},
        {"united kingdom", "GB"},
        {"GBR", "GB"},
        {"AUT", "AT"},
        {"CHE", "CH"},
        {"CHN", "CN"},
        {"DEU", "DE"},
        {"DNK", "DK"},
        {"ESP", "ES"},
        {"HRV", "HR"},
        {"IRL", "IE"},
        {"PRT", "PT"},
        {"SWE", "SE"},
        {"Scotland", "GB"},
        {"EIRE", "IE"},
        {"RSA", "ZA"},
        {"Deutschland", "DE"},
        {"Österreich", "AT"},
        {"ÖSTERREICH", "AT"},
        {"españa", "ES"},
        {"Côte d'Ivoire", "CI"},
        {"South Korea", "KR"},
        {"Holland", "NL"},
        {"Czech Republic", "CZ"},
        {"Kosovo", "XK"},
        {"Turkey", "TR"},
        {"TÜRKİYE", "TR"},
        {"türkiye", "TR"},
        {"ελλάδα", "GR"},
        {"Atlantis", ""},
        {"", ""},
        {"Korea", ""},
        {"Channel Islands", ""},
        {"U", ""},
        {"United", ""},
        {"USAA", ""},
        {"|", ""},
    };
    for (const auto& [name, code] : names) {
        INFO(name);
        CHECK(country_code(name) == code);
    }
}

TEST_CASE("the table of countries", "[contact]") {
    std::set<std::string_view> two;
    std::set<std::string_view> three;
    for (const Country& country : countries()) {
        INFO(country.name);
        CHECK(two.insert(country.alpha_2).second);
        CHECK(three.insert(country.alpha_3).second);
        CHECK(country.alpha_2.size() == 2);
        CHECK(country.alpha_3.size() == 3);
        CHECK(country_with_code(country.alpha_2) == &country);
        // A name that a second country also had would lead to the first.
        CHECK(country_code(country.alpha_2) == country.alpha_2);
        CHECK(country_code(country.alpha_3) == country.alpha_2);
        CHECK(country_code(country.name) == country.alpha_2);
        const NumberPlan& plan = country.plan;
        if (plan.calling_code == 0) continue;
        CHECK(plan_of_calling_code(plan.calling_code) != nullptr);
        CHECK_FALSE(plan.lengths.empty());
        CHECK_FALSE(plan.first_digits.empty());
        CHECK((plan.trunk.front() == '0' && plan.first_digits.has(0)) == false);
        // No calling code is the beginning of another.
        CHECK((plan.calling_code < 100 || plan_of_calling_code(plan.calling_code / 10) == nullptr));
        CHECK((plan.calling_code < 10 || plan_of_calling_code(plan.calling_code / 100) == nullptr));
    }
    CHECK(two.size() == 250); // 249 of ISO 3166-1, and XK
    for (const CountryAliases& one : country_aliases()) {
        INFO(one.names);
        CHECK(two.count(one.alpha_2) == 1);
        for (std::string_view rest = one.names;;) {
            const std::size_t bar = rest.find('|');
            CHECK(country_code(rest.substr(0, bar)) == one.alpha_2);
            if (bar == std::string_view::npos) break;
            rest.remove_prefix(bar + 1);
        }
    }
    CHECK(country_with_code("ZZ") == nullptr);
    CHECK(country_with_code("us") == nullptr);
    CHECK(country_with_code("") == nullptr);
    CHECK(plan_of_calling_code(0) == nullptr);
    CHECK(plan_of_calling_code(1000) == nullptr);
    CHECK(plan_of_calling_code(44)->lengths.has(10));
    CHECK_FALSE(plan_of_calling_code(44)->lengths.has(11));
}

TEST_CASE("sets of small numbers", "[contact]") {
    constexpr SmallNumbers set("0 3-5 9-11");
    for (const std::size_t in : {0U, 3U, 4U, 5U, 9U, 10U, 11U}) CHECK(set.has(in));
    for (const std::size_t out : {1U, 2U, 6U, 8U, 12U, 31U, 32U, 64U}) CHECK_FALSE(set.has(out));
    CHECK(SmallNumbers("").empty());
    CHECK_FALSE(SmallNumbers("0").empty());
}

TEST_CASE("phone numbers of a country, and of the world", "[contact]") {
    struct Case {
        const char* text;
        const char* country;
        const char* e164; ///< empty: a fault
    };
    const Case cases[] = {
        // a trunk prefix, or a number that can only be a whole one
        {"2125557818", "US", "+12125557818"},
        {"(514) 555-8054", "CA", "+15145558054"},
        {"1-212-555-7818", "US", "+12125557818"},
        {"12125557818", "US", "+12125557818"},
        {"555-7818", "US", ""},
        {"0125557818", "US", ""},
        {"2120557818", "US", ""}, // an exchange begins with 2 to 9
        {"01 46 62 75 55", "FR", "+33146627555"},
        {"(1) 47.55.6555", "FR", "+33147556555"},
        {"0221-5554327", "DE", "+492215554327"},
        {"0221/5554327", "DE", "+492215554327"},
        {"2215554327", "DE", ""}, // as well a local number
        {"(171) 555-7555", "GB", "+441715557555"},
        {"020 7946 0018", "GB", "+442079460018"},
        {"02 9936 8555", "AU", "+61299368555"},
        {"07-98 9555", "NO", ""}, // Norway's numbers don't begin with 0
        {"22 12 15 55", "NO", "+4722121555"},
        {"011-4988555", "IT", "+390114988555"}, // no trunk prefix: the 0 stays
        {"8 (495) 123-45-67", "RU", "+74951234567"},
        {"495 123-45-67", "RU", "+74951234567"},
        {"06 1 234 5678", "HU", "+3612345678"},
        {"01 46 62 75 55", "", ""},
        {"01 46 62 75 55", "ZZ", ""},
        {"26.47.1555", "FR", ""}, // as France had them until 1996
        {"90-224 8555", "FI", ""},
        // the country's calling code without its +
        {"61-7-3844-6555", "AU", "+61738446555"},
        {"44 20 7946 0018", "GB", "+442079460018"},
        {"39 340 123456", "IT", ""}, // also an Italian number as it stands
        {"49 221 5554327", "DE", ""},
        {"6065373383", "MY", ""}, // +60 6537 3383 or 060 6537 3383
        {"60 3 2161 7000", "MY", "+60321617000"},
        {"8 0152 45-09-11", "BY", "+375152450911"},
        // international
        {"+33 1 46 62 7555", "FR", "+33146627555"},
        {"+33 1 46 62 7555", "DE", "+33146627555"},
        {"+33 1 46 62 7555", "", "+33146627555"},
        {"(+33) 1 46 62 7555", "", "+33146627555"},
        {"0033 1 46 62 75 55", "", "+33146627555"},
        {"+49 69 66 90 2555", "DE", "+496966902555"},
        {"+44 (0)20 7946 0018", "GB", "+442079460018"},
        {"+44 020 7946 0018", "", "+442079460018"},
        {"+81 06 6342 5555", "JP", "+81663425555"},
        {"+39 (0)11 498 8555", "IT", "+390114988555"},
        {"+36 06 1 234 5678", "", "+3612345678"},
        {"+44\xC2\xA0"
         "20\xE2\x80\x93"
         "7946\xE2\x80\xAF"
         "0018",
         "", "+442079460018"},
        {"+65 221 7555", "SG", ""}, // eight digits today
        {"+44 20 7946 001", "", "+44207946001"},
        {"+44 20 7946 00", "", ""},
        {"+44 20 7946 00189", "", ""},
        {"+44 40 7946 0018", "", ""},
        {"+999 20 7946 0018", "", ""},
        {"+0 20 7946 0018", "", ""},
        {"+7 495 123-45-67", "KZ", "+74951234567"},
        {"+7 8 495 123-45-67", "", ""},
        {"+1 876 555 0143", "", "+18765550143"},
        {"+4930", "", ""},
        {"+290 22158", "", "+29022158"},
        {"+290 2215", "", "+2902215"},
        // not one number
        {"ask Bob", "US", ""},
        {"((212) 5557818", "US", ""},
        {"(212 5557818", "US", ""},
        {"212) 5557818", "US", ""},
        {"() 2125557818", "US", ""},
        {"+1 212 555 7818 ext 5", "US", ""},
        {"212-555-7818-", "US", ""},
        {"-212-555-7818", "US", ""},
        {"2125557818.0", "US", ""},
        {"0221555432.0", "DE", ""}, // else a German number one digit longer
        {"0221555432.00", "DE", ""},
        {"0221.555432", "DE", "+49221555432"},
        {"212+5557818", "US", ""},
        {"1+2125557818", "US", ""},
        {"++12125557818", "US", ""},
        {"030 12345/12346", "DE", ""},
        {"030/12345/6", "DE", ""},
        {"0221/55", "DE", ""},
        {"12345678901234567890", "DE", ""},
        {"+", "US", ""},
        {"+1", "US", ""},
        {"00", "US", ""},
        {"", "US", ""},
        {"\xE2\x80", "US", ""},
        {"212\xE2\x80\xA2"
         "5557818",
         "US", ""}, // a bullet
        {"212 555 781\xC3\xA9", "US", ""},
    };
    Arena arena;
    for (const Case& c : cases) {
        INFO(c.text << " in " << c.country);
        const ParsedPhone parsed = parse_phone(c.text, PhoneFormat::e164, c.country, arena);
        CHECK(parsed.text == c.e164);
        CHECK((parsed.reason == Reason::none) == (*c.e164 != 0));
    }
}

TEST_CASE("the digits of a phone number", "[contact]") {
    Arena arena;
    const auto digits = [&arena](std::string_view text) {
        return parse_phone(text, PhoneFormat::digits, "US", arena);
    };
    CHECK(digits("(171) 555-7788").text == "1715557788");
    CHECK(digits("+353 1862 1555").text == "+35318621555");
    CHECK(digits("0049 30 123456").text == "004930123456");
    CHECK(digits("12345").text == "12345");
    CHECK(digits("1234").reason == Reason::not_a_phone);
    CHECK(digits("123456789012345").reason == Reason::none);
    CHECK(digits("1234567890123456").reason == Reason::not_a_phone);
    CHECK(digits("00123456789012345").reason == Reason::none);
    CHECK(digits("2125557818.0").reason == Reason::not_a_phone);
    CHECK(digits("212.555.7818").text == "2125557818");
    CHECK(digits("2125557818.00").reason == Reason::not_a_phone);
    CHECK(digits("555 CALL").reason == Reason::not_a_phone);
}

TEST_CASE("an E.164 number read again is the same", "[contact][property]") {
    std::mt19937_64 random(23);
    Arena arena;
    int good = 0;
    for (int round = 0; round < 200'000; ++round) {
        arena.reset();
        std::string text;
        for (std::size_t i = 6 + random() % 9; i > 0; --i) text += static_cast<char>('0' + random() % 10);
        for (std::size_t i = random() % 4; i > 0; --i)
            text.insert(random() % text.size(), 1, " -./()+"[random() % 7]);
        const Country& country = countries()[random() % countries().size()];
        INFO("round " << round << ": " << text << " in " << country.name);
        const ParsedPhone parsed = parse_phone(text, PhoneFormat::e164, country.alpha_2, arena);
        REQUIRE(parsed.text.empty() == (parsed.reason != Reason::none));
        if (parsed.reason != Reason::none) continue;
        ++good;
        REQUIRE(parsed.text.size() >= 8);
        REQUIRE(parsed.text.size() <= 16);
        REQUIRE(parse_phone(parsed.text, PhoneFormat::e164, "", arena).text == parsed.text);
    }
    CHECK(good > 5'000);
}
