#include "app/command/generate.hpp"
#include "io/crc.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;
using ordermill::app::generate;
using ordermill::app::GenerateSummary;

namespace {

using Record = std::vector<std::string>;

using Scratch = ordermill::test::TemporaryFolder;

struct Made {
    GenerateSummary summary;
    std::string bytes;
};

Made make(std::uint64_t orders, std::uint64_t seed) {
    const Scratch scratch;
    Made made;
    made.summary = generate({orders, seed, scratch.path("orders.csv")});
    std::ifstream file(scratch.path("orders.csv"), std::ios::binary);
    made.bytes.assign(std::istreambuf_iterator<char>(file), {});
    return made;
}

std::vector<Record> parse(const std::string& bytes) {
    std::vector<Record> records;
    Record record(1);
    bool quoted = false;
    for (const char byte : bytes) {
        if (byte == '"') {
            quoted = !quoted;
        } else if (quoted || (byte != ',' && byte != '\n')) {
            record.back() += byte;
        } else if (byte == ',') {
            record.emplace_back();
        } else {
            records.push_back(record);
            record.assign(1, "");
        }
    }
    CHECK(record == Record(1));
    return records;
}

bool is_number(const std::string& text, bool signs) {
    const std::size_t begin = signs && !text.empty() && text[0] == '-' ? 1 : 0;
    return text.size() > begin && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(),
                                              [](char c) { return c >= '0' && c <= '9'; });
}

bool is_price(const std::string& text) {
    const std::size_t point = text.find('.');
    return point != std::string::npos && is_number(text.substr(0, point), false) &&
           is_number(text.substr(point + 1), false);
}

bool is_date(const std::string& text) {
    int month = 0;
    int day = 0;
    int year = 0;
    int hour = 0;
    int minute = 0;
    return std::sscanf(text.c_str(), "%d/%d/%d %d:%d", &month, &day, &year, &hour, &minute) == 5 &&
           month >= 1 && month <= 12 && day >= 1 && day <= 28 && year >= 2010 && year <= 2012 && hour >= 8 &&
           hour <= 19 && minute < 60;
}

} // namespace

TEST_CASE("the same seed gives the same bytes, on every machine", "[generate]") {
    CHECK(ordermill::io::crc32(make(1000, 7).bytes) == 0x70BFABBA);
    CHECK(make(1000, 7).bytes == make(1000, 7).bytes);
    CHECK(make(1000, 7).bytes != make(1000, 8).bytes);
    CHECK(make(0, 7).bytes ==
          "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
}

TEST_CASE("a longer file begins with the shorter one, across buffers", "[generate]") {
    const std::string shorter = make(20'000, 3).bytes;
    const std::string longer = make(40'000, 3).bytes;
    CHECK(shorter.size() > 1'500'000);
    CHECK(longer.compare(0, shorter.size(), shorter) == 0);
}

TEST_CASE("what is in the file is what the summary says", "[generate]") {
    const Made made = make(200'000, 7);
    const std::vector<Record> records = parse(made.bytes);
    GenerateSummary found;
    Record before;
    std::set<std::string> countries;
    for (std::size_t i = 1; i < records.size(); ++i) {
        const Record& record = records[i];
        REQUIRE(record.size() == 8);
        const bool bad_quantity = !is_number(record[3], true);
        const bool bad_date = !is_date(record[4]);
        const bool bad_price = !is_price(record[5]);
        found.records += 1;
        found.faulty_records += bad_quantity || bad_date || bad_price;
        if (record == before) {
            found.duplicates += 1;
            continue;
        }
        before = record;
        found.orders += 1;
        found.bad_quantities += bad_quantity;
        found.bad_dates += bad_date;
        found.bad_prices += bad_price;
        found.missing_customers += record[6].empty();
        found.cancellations += record[0][0] == 'C';
        CHECK((record[0][0] == 'C') == (record[3][0] == '-'));
        CHECK(is_number(record[0].substr(record[0][0] == 'C'), false));
        CHECK(record[0].size() == (record[0][0] == 'C' ? 7 : 6));
        found.ragged_texts += record[2][0] == ' ';
        found.quoted_commas += record[2].find(',') != std::string::npos;
        found.embedded_newlines += record[2].find('\n') != std::string::npos;
        found.country_aliases += record[7] == "EIRE" || record[7] == "USA" || record[7] == "RSA" ||
                                 record[7] == "united kingdom" || record[7] == "  France ";
        countries.insert(record[7]);
    }
    const GenerateSummary& said = made.summary;
    CHECK(said.bytes == made.bytes.size());
    CHECK(countries.size() == 10);

    struct Row {
        const char* what;
        std::uint64_t GenerateSummary::*count;
        double share;
    };
    const Row rows[] = {{"orders", &GenerateSummary::orders, 1},
                        {"records", &GenerateSummary::records, 1.01},
                        {"duplicates", &GenerateSummary::duplicates, 0.01},
                        {"missing customers", &GenerateSummary::missing_customers, 0.25},
                        {"cancellations", &GenerateSummary::cancellations, 0.02},
                        {"bad quantities", &GenerateSummary::bad_quantities, 0.003},
                        {"bad dates", &GenerateSummary::bad_dates, 0.003},
                        {"bad prices", &GenerateSummary::bad_prices, 0.002},
                        {"ragged texts", &GenerateSummary::ragged_texts, 0.05},
                        {"country aliases", &GenerateSummary::country_aliases, 0.06},
                        {"quoted commas", &GenerateSummary::quoted_commas, 0.08},
                        {"embedded newlines", &GenerateSummary::embedded_newlines, 0.0001},
                        {"faulty records", &GenerateSummary::faulty_records, 0.00806}};
    for (const Row& row : rows) {
        INFO(row.what);
        CHECK(found.*row.count == said.*row.count);
        const auto count = static_cast<double>(said.*row.count);
        const double expected = row.share * 200'000;
        // The 4,000 stock items share a draw of commas: wider bounds than for 200,000 draws.
        CHECK(count > 0.8 * expected - 10);
        CHECK(count < 1.2 * expected + 10);
    }
}

TEST_CASE("a file gets its name when it is whole; a pipe is written to", "[generate]") {
    const Scratch scratch;
    std::ofstream(scratch.path("orders.csv")) << "old";
    generate({100, 7, scratch.path("orders.csv")});
    const std::string expected = make(100, 7).bytes;
    CHECK(fs::file_size(scratch.path("orders.csv")) == expected.size());
    CHECK_FALSE(fs::exists(scratch.path(".orders.csv.part")));

    REQUIRE(::mkfifo(scratch.path("pipe").c_str(), 0600) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        try {
            generate({100, 7, scratch.path("pipe")});
        } catch (...) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    std::ifstream pipe(scratch.path("pipe"), std::ios::binary);
    const std::string received(std::istreambuf_iterator<char>(pipe), {});
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(received == expected);
}
