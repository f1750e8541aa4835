// Duplicates and rules on whole orders: the same bytes for any chunks, workers, order of arrival and bound of
// memory, and what plain loops over all records come to.
#include "support/catch.hpp"
#include "support/run_job.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>

#include <map>
#include <random>
#include <set>

using namespace ordermill;
using test::Outcome;
using test::Setting;

namespace {

enum class Skew { half, all_equal, none_equal };

/// Records with few distinct values, one of which is half of all; or all equal; or all different.
std::string repetitive(std::mt19937_64& random, int records, Skew skew, int first = 0) {
    std::string bytes = "id,text,amount\n";
    for (int i = 0; i < records; ++i) {
        if (skew == Skew::all_equal) {
            bytes += "7, same  text,1.50\n";
            continue;
        }
        if (skew == Skew::none_equal) {
            bytes += fmt::format("{},text,1\n", first + i);
            continue;
        }
        const std::uint64_t kind = random() % 2 == 0 ? 1 : random() % 20;
        bytes += fmt::format("{},{}text {}{},{}.5{}\n", kind, random() % 3 == 0 ? " " : "", kind % 7,
                             random() % 9 == 0 ? "\"" : "", random() % 3, random() % 2 == 0 ? "0" : "");
        if (random() % 30 == 0) bytes += "broken\n";
    }
    return bytes;
}

constexpr const char* contest_job = R"([output]
provenance = file, line
[fields]
id = integer "id" | required
text = text "text" | missing "text 3"
amount = decimal "amount" | scale 2
[duplicates.same]
key = all
[duplicates.id]
key = id, text
keep = largest(amount), last
missing_equal = no
)";

} // namespace

namespace {

/// The two sections of contest_job over the clean rows of the same job without them, as naively as can be.
struct NaiveContest {
    std::vector<std::string> kept;
    std::size_t duplicates = 0;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t at = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', at)) {
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

NaiveContest naive_contest(const std::vector<std::string>& rows) {
    struct Row {
        std::string whole, id, text, amount;
        std::string fields;
        bool out = false;
    };
    std::vector<Row> all;
    for (const std::string& row : rows) {
        // id,text,amount,file,line: no commas or line breaks inside in this test's data
        std::vector<std::string> cells;
        std::size_t at = 0;
        for (int i = 0; i < 3; ++i) {
            const std::size_t comma = row.find(',', at);
            cells.push_back(row.substr(at, comma - at));
            at = comma + 1;
        }
        all.push_back({row, cells[0], cells[1], cells[2], row.substr(0, at), false});
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (!all[j].out && all[j].fields == all[i].fields) all[i].out = true;
        }
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].out || all[i].text.empty()) continue;
        for (std::size_t j = i + 1; j < all.size(); ++j) {
            if (all[j].out || all[j].id != all[i].id || all[j].text != all[i].text) continue;
            const double one = all[i].amount.empty() ? -1e300 : std::stod(all[i].amount);
            const double other = all[j].amount.empty() ? -1e300 : std::stod(all[j].amount);
            if (other >= one) {
                all[i].out = true; // the later one wins a tie
                break;
            }
            all[j].out = true;
        }
    }
    NaiveContest outcome;
    for (const Row& row : all) {
        if (row.out)
            ++outcome.duplicates;
        else
            outcome.kept.push_back(row.whole);
    }
    return outcome;
}

} // namespace

TEST_CASE("duplicates are the same for any chunks, workers and order of arrival",
          "[chunking][duplicates][property]") {
    const test::TemporaryFolder folder;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        std::mt19937_64 random(seed);
        const Skew skew = seed == 7 ? Skew::all_equal : seed == 8 ? Skew::none_equal : Skew::half;
        folder.write("a.csv", repetitive(random, 150, skew));
        folder.write("b.csv", repetitive(random, 60, skew, 1000));
        const std::vector<std::string> inputs{folder / "a.csv", folder / "b.csv"};
        std::string without(contest_job);
        folder.write("job.cfg", without.substr(0, without.find("[duplicates.same]")));
        const NaiveContest expected = naive_contest(lines_of(test::run_job(folder, inputs, {}).clean));
        folder.write("job.cfg", contest_job);
        const Outcome oracle = test::run_job(folder, inputs, {});
        INFO("seed " << seed);
        if (skew != Skew::none_equal) REQUIRE(expected.duplicates > 50);
        REQUIRE(lines_of(oracle.clean) == expected.kept);
        REQUIRE(lines_of(oracle.duplicates).size() == expected.duplicates);
        for (int round = 0; round < 25; ++round) {
            const Setting setting{.chunk_size = 10 + random() % 600,
                                  .inline_bytes = round % 4 == 0,
                                  .workers = static_cast<int>(random() % 6),
                                  .seed = random(),
                                  .memory = round % 3 == 0 ? random() % 20'000 : UINT64_MAX,
                                  .blind = round % 3 == 1};
            INFO("round " << round << ", chunk size " << setting.chunk_size << ", workers "
                          << setting.workers);
            REQUIRE(test::run_job(folder, inputs, setting) == oracle);
        }
    }
}

TEST_CASE("the first stays, decided in turn or in the end, whoever dies",
          "[chunking][duplicates][property]") {
    const test::TemporaryFolder folder;
    const std::string job = contest_job;
    const char* const keys[] = {"[duplicates.same]\nkey = all\n",
                                "[duplicates.some]\nkey = text, amount\nkeep = first\nmissing_equal = no\n"};
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        INFO("seed " << seed);
        std::mt19937_64 random(seed);
        folder.write("job.cfg", job.substr(0, job.find("[duplicates.same]")) + keys[seed % 2]);
        const Skew skew = seed == 7 ? Skew::all_equal : seed == 8 ? Skew::none_equal : Skew::half;
        folder.write("a.csv", repetitive(random, 150, skew));
        folder.write("b.csv", repetitive(random, 60, skew, 1000));
        const std::vector<std::string> inputs{folder / "a.csv", folder / "b.csv"};
        const Outcome oracle = test::run_job(folder, inputs, {}); // by Survivorship, as above
        if (skew != Skew::none_equal) REQUIRE(lines_of(oracle.duplicates).size() > 50);
        for (int round = 0; round < 60; ++round) {
            const int workers = static_cast<int>(random() % 6);
            const Setting setting{.chunk_size = 10 + random() % 600,
                                  .inline_bytes = round % 4 == 0,
                                  .workers = workers,
                                  .seed = random(),
                                  .memory = round % 3 == 0 ? random() % 20'000 : UINT64_MAX,
                                  .streaming = round % 8 < 5,
                                  .lose = round % 2 == 0 && workers > 1 ? 1 + round / 2 % (workers - 1) : 0,
                                  .blind = round % 3 != 0};
            INFO("round " << round << ", chunk size " << setting.chunk_size << ", workers " << workers
                          << ", lost " << setting.lose << ", in turn " << setting.streaming);
            REQUIRE(test::run_job(folder, inputs, setting) == oracle);
        }
    }
}

namespace {

constexpr const char* orders_job = R"([output]
provenance = line as source_line
[fields]
order = code "order"
line = integer "line"
customer = code "customer"
amount = decimal "amount" | scale 2
total = decimal "total" | scale 1
cancels = code "cancels"
[order]
id = order
same = customer
unique = line
sum = amount equals total within 0.05
lines = 1..6 | flag
cancels = cancels
rejected_line = reject
)";

/// Few orders, few lines each, most rules kept by most of them.
std::string order_lines(std::mt19937_64& random, int records) {
    std::string bytes = "order,line,customer,amount,total,cancels\n";
    for (int i = 0; i < records; ++i) {
        const std::uint64_t order = random() % 60;
        const std::string id = random() % 25 == 0 ? "" : fmt::format("A{}", order);
        const std::string line = random() % 15 == 0 ? "" : fmt::format("{}", random() % 40);
        const std::string customer =
            random() % 15 == 0 ? "" : fmt::format("C{}", random() % 60 == 0 ? 99 : order);
        const char* const amounts[] = {"0", "0.00", "0.01", "x", "", "-0.02"};
        const std::string amount = amounts[random() % 12 == 0 ? random() % 6 : random() % 2];
        const std::string total = random() % 20 == 0 ? "" : random() % 40 == 0 ? "0.1" : "0";
        const std::string cancels = random() % 20 == 0 ? fmt::format("A{}", random() % 70) : "";
        bytes += fmt::format("{},{},{},{},{},{}\n", id, line, customer, amount, total, cancels);
        if (random() % 30 == 0) bytes += fmt::format("A{},broken\n", order);
    }
    return bytes;
}

std::vector<std::string> cells_of(const std::string& row) {
    std::vector<std::string> cells;
    std::size_t at = 0;
    for (std::size_t comma = row.find(','); comma != std::string::npos; comma = row.find(',', at)) {
        cells.push_back(row.substr(at, comma - at));
        at = comma + 1;
    }
    cells.push_back(row.substr(at));
    return cells;
}

struct NaiveOrders {
    std::vector<std::string> kept;       ///< with flags
    std::multiset<std::string> rejected; ///< line:rule
};

/// Every rule of orders_job over every order, one after the other, on the rows of the job without them.
NaiveOrders naive_orders(const std::vector<std::string>& rows, const std::string& input) {
    struct Order {
        std::vector<std::size_t> rows;
        bool lost = false;
        std::set<std::string> broken;
    };
    std::map<std::string, Order> orders;
    std::vector<std::vector<std::string>> cells;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        cells.push_back(cells_of(rows[i]));
        if (!cells[i][0].empty()) orders[cells[i][0]].rows.push_back(i);
    }
    for (const std::string& line : lines_of(input)) {
        const auto source = cells_of(line);
        if (source.size() == 6 && source[3] == "x" && orders.contains(source[0]))
            orders[source[0]].lost = true;
    }
    for (auto& [id, order] : orders) {
        std::set<std::string> customers, lines;
        double sum = 0;
        bool summable = true, has_total = false, off = false;
        for (const std::size_t row : order.rows) {
            if (!cells[row][2].empty()) customers.insert(cells[row][2]);
            if (!cells[row][1].empty() && !lines.insert(cells[row][1]).second) order.broken.insert("unique");
            if (cells[row][3].empty())
                summable = false;
            else
                sum += std::stod(cells[row][3]);
            if (const std::string& named = cells[row][5]; !named.empty() && !orders.contains(named))
                order.broken.insert("cancels");
        }
        for (const std::size_t row : order.rows) {
            if (cells[row][4].empty()) continue;
            has_total = true;
            off = off || std::abs(sum - std::stod(cells[row][4])) > 0.0500001;
        }
        if (customers.size() > 1) order.broken.insert("same");
        if (summable && has_total && off) order.broken.insert("sum");
        if (order.rows.size() > 6) order.broken.insert("lines");
        if (order.lost) order.broken.insert("rejected_line");
    }
    NaiveOrders outcome;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::set<std::string> broken;
        if (!cells[i][0].empty()) broken = orders[cells[i][0]].broken;
        const bool flagged = broken.erase("lines") > 0;
        if (broken.empty()) outcome.kept.push_back(rows[i] + (flagged ? ",lines:ORDER_RULE_BROKEN" : ","));
        for (const std::string& rule : broken) outcome.rejected.insert(cells[i][6] + ":" + rule);
    }
    return outcome;
}

std::multiset<std::string> order_rejects(const std::string& rejects) {
    std::multiset<std::string> found;
    for (const std::string& row : lines_of(rejects)) {
        const auto cells = cells_of(row);
        if (cells[5] == "ORDER_RULE_BROKEN") found.insert(cells[1] + ":" + cells[6]);
    }
    return found;
}

} // namespace

TEST_CASE("whole orders are judged the same for any chunks, workers and order of arrival",
          "[orders][property]") {
    const test::TemporaryFolder folder;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        INFO("seed " << seed);
        std::mt19937_64 random(seed);
        const std::string input = order_lines(random, 200);
        folder.write("a.csv", input);
        const std::vector<std::string> inputs{folder / "a.csv"};
        const std::string job(orders_job);
        folder.write("job.cfg", job.substr(0, job.find("[order]")));
        const NaiveOrders expected = naive_orders(lines_of(test::run_job(folder, inputs, {}).clean), input);
        folder.write("job.cfg", job);
        const Outcome oracle = test::run_job(folder, inputs, {});
        REQUIRE(lines_of(oracle.clean) == expected.kept);
        REQUIRE(order_rejects(oracle.rejects) == expected.rejected);
        REQUIRE(expected.kept.size() > 20);
        REQUIRE(expected.rejected.size() > 20);
        for (int round = 0; round < 25; ++round) {
            const Setting setting{.chunk_size = 10 + random() % 600,
                                  .inline_bytes = round % 4 == 0,
                                  .workers = static_cast<int>(random() % 6),
                                  .seed = random(),
                                  .memory = round % 3 == 0 ? random() % 20'000 : UINT64_MAX,
                                  .blind = round % 3 == 1};
            INFO("round " << round << ", chunk size " << setting.chunk_size << ", workers " << setting.workers
                          << ", memory " << setting.memory);
            REQUIRE(test::run_job(folder, inputs, setting) == oracle);
        }
    }
}

TEST_CASE("rejects of orders stand in input order, with their records", "[orders]") {
    const test::TemporaryFolder folder;
    std::mt19937_64 random(5);
    folder.write("a.csv", order_lines(random, 300));
    folder.write("job.cfg", orders_job);
    const Outcome outcome = test::run_job(folder, {folder / "a.csv"}, {.chunk_size = 100});
    std::uint64_t before = 0;
    std::string raw;
    std::uint64_t raw_line = 0;
    for (const std::string& row : lines_of(outcome.rejects)) {
        const auto cells = cells_of(row);
        const std::uint64_t line = std::stoull(cells[1]);
        CHECK(line >= before);
        before = line;
        const std::size_t open = row.find('"');
        if (line == raw_line) continue;
        raw_line = line;
        raw +=
            open == std::string::npos ? cells[7] : row.substr(open + 1, row.find('"', open + 1) - open - 1);
        raw += '\n';
    }
    CHECK(outcome.raw.substr(0, outcome.raw.find('|')) == raw);
}

TEST_CASE("flags of order rules join those that are there, however flags are quoted", "[orders]") {
    const test::TemporaryFolder folder;
    folder.write("a.csv", "id,n,note\n1,x,\"a;b\"\n1,2,c\n2,5,\n");
    const std::string job = "[fields]\nid = code\nn = integer | else blank flag\nnote = text\n"
                            "[order]\nid = id\nlines = 1 | flag\nfew.lines = ..1 | flag\n";
    struct Row {
        const char* output;
        const char* expected;
    };
    const Row rows[] = {
        {"", "1,,a;b,n:NOT_AN_INTEGER;lines:ORDER_RULE_BROKEN;few:ORDER_RULE_BROKEN\n"
             "1,2,c,lines:ORDER_RULE_BROKEN;few:ORDER_RULE_BROKEN\n2,5,,\n"},
        {"delimiter = \";\"\n",
         "1;;\"a;b\";\"n:NOT_AN_INTEGER;lines:ORDER_RULE_BROKEN;few:ORDER_RULE_BROKEN\"\n"
         "1;2;c;\"lines:ORDER_RULE_BROKEN;few:ORDER_RULE_BROKEN\"\n2;5;;\n"},
        {"delimiter = _\n", "1__a;b_\"n:NOT_AN_INTEGER;lines:ORDER_RULE_BROKEN;few:ORDER_RULE_BROKEN\"\n"
                            "1_2_c_\"lines:ORDER_RULE_BROKEN;few:ORDER_RULE_BROKEN\"\n2_5__\n"},
    };
    for (const Row& row : rows) {
        INFO(row.output);
        folder.write("job.cfg", std::string("[output]\n") + row.output + job);
        CHECK(test::run_job(folder, {folder / "a.csv"}, {}).clean == row.expected);
    }
}
