// Which columns come out, in which order and under which names: carried, looked up, derived.
#include "support/catch.hpp"
#include "support/clean_text.hpp"

#include <fmt/format.h>

using namespace ordermill;
using test::clean_text;
using test::Cleaned;
using test::job_error;

TEST_CASE("carried columns, look-ups, output dialect", "[clean]") {
    const std::string job = R"([input]
delimiter = ;
[output]
delimiter = tab
missing = NULL
[lookup.menu]
file = menu.csv
key = item
columns = price:decimal
[fields]
item = enum | values lookup menu
price = decimal := menu.price(item) | scale 2
rest = *
)";
    const Cleaned cleaned = clean_text(job, "item;note;shop\nTea;\"a;b\";x\ty\nRum;n;s\n;n;s\n",
                                       {{"menu.csv", "item,price\nTea,1.5\nCake,3\n"}});
    CHECK(cleaned.clean == "item\tprice\tnote\tshop\nTea\t1.50\ta;b\t\"x\ty\"\nNULL\tNULL\tn\ts\n");
    CHECK(cleaned.rejects.find("NOT_IN_LIST") != std::string::npos);
}

TEST_CASE("a carried column's bytes must mean something, as a field's must", "[clean]") {
    const std::string input = "[input]\nencoding = windows-1252\n";
    for (const std::string byte : {"\x81", "\x8D", "\x8F", "\x90", "\x9D"}) {
        for (const std::string quote : {"", "\""}) {
            const std::string csv =
                "a,b,c\n1,2,3\n4," + quote + "x" + byte + quote + "," + byte + "\n5,\x80,6\n";
            CHECK(test::outcome(input + "[fields]\na = text\nrest = *\n", csv) ==
                  "1,2,3\n5,€,6\n!3 INVALID_ENCODING b\n!3 INVALID_ENCODING c\n");
            CHECK(test::outcome(input + "[fields]\na = text\nb = text\nrest = *\n", csv) ==
                  "1,2,3\n5,€,6\n!3 INVALID_ENCODING b\n!3 INVALID_ENCODING c\n");
            CHECK(test::outcome(input + "[fields]\na = text\n", csv) == "1\n4\n5\n"); // nobody reads them
        }
    }
    const std::string job = input + "[drop.four]\nwhen = a = \"4\"\n[fields]\na = text\nrest = *\n";
    CHECK(test::outcome(job, "a,b\n4,\x81\n") == "");
    const Cleaned cleaned = clean_text(input + "[fields]\na = text\nrest = *\n", "a,b\n1,x\x81\n");
    const auto row = test::reject_rows(cleaned.rejects).front();
    CHECK(row[3] == "2");
    CHECK(row[8] == "carried column b: bytes that mean nothing in the file's encoding");
    CHECK(cleaned.tally[cleaned.shape.fault(cleaned.shape.fields, core::Reason::invalid_encoding)] == 1);
}

TEST_CASE("names of carried columns", "[clean]") {
    const std::string csv = "a,Order No.,orderDate,B2B,élan VITAL\n1,2,3,4,5\n";
    CHECK(clean_text("[fields]\na = text\nrest = *\n", csv).clean ==
          "a,Order No.,orderDate,B2B,élan VITAL\n1,2,3,4,5\n");
    CHECK(clean_text("[fields]\na = text\nrest = * | names snake\n", csv).clean ==
          "a,order_no,order_date,b2_b,élan_vital\n1,2,3,4,5\n");
}

TEST_CASE("derived fields come behind what they need, however they are listed", "[clean]") {
    std::string job = "[fields]\na = integer\n";
    constexpr int count = 3000;
    for (int i = count; i > 1; --i) job += fmt::format("f{} = integer := f{} + 1 | hidden\n", i, i - 1);
    job += "f1 = integer := a\n";
    CHECK(clean_text(job + fmt::format("last = integer := f{}\n", count), "a\n1\n").clean ==
          fmt::format("a,f1,last\n1,1,{}\n", count));
    CHECK(job_error("[fields]\na = integer\nb = integer := c\nc = integer := b\n")
              .find("there is no field \"c\"") != std::string::npos);
    CHECK(job_error("[fields]\na = integer\nb = integer := c\nc = integer := nothing\n")
              .find("there is no field \"nothing\"") != std::string::npos);
}

TEST_CASE("what is derived later can't be used earlier", "[clean]") {
    const std::string fields = "[fields]\na = decimal\nb = text\nd = decimal := a * 2\n";
    CHECK(
        job_error(fields + "[repair]\n1 = a := d\n").find("repair 1 names d, which is derived only later") !=
        std::string::npos);
    CHECK(
        job_error(fields + "[repair]\n1 = d := a\n").find("repair 1 names d, which is derived only later") !=
        std::string::npos);
    CHECK(job_error("[fields]\na = phone | country_from c\nc = text := b\nb = text\n")
              .find("country_from names c") != std::string::npos);
    // Its value would depend on which of the two is read first.
    CHECK(job_error("[fields]\na = phone | country_from b\nb = phone | country_from c\nc = text\n")
              .find("country_from names b, which is a phone") != std::string::npos);
}
