// The fast way for ordinary records gives what the general way gives: random jobs, random records, everything
// in the batch compared.
#include "core/clean/clean.hpp"

#include "support/catch.hpp"
#include "support/clean_text.hpp"
#include "support/random_jobs.hpp"

#include <fmt/format.h>

#include <random>

using namespace ordermill;

namespace {

using namespace test;

/// Everything that came out of a chunk.
std::string contents(const core::Batch& batch) {
    core::Buffer buffer;
    std::string text = fmt::format("clean:\n{}", batch.clean.render(2, buffer));
    text += fmt::format("rejects:\n{}", batch.rejects.render(2, buffer));
    text += fmt::format("raw:\n{}", batch.rejects_raw.view());
    const core::Accounts& accounts = batch.accounts;
    for (const auto& share : {accounts.clean, accounts.rejected, accounts.blank, accounts.repeated_header,
                              accounts.comment, accounts.dropped})
        text += fmt::format("{} records of {} bytes\n", share.records, share.bytes);
    text +=
        fmt::format("{} lines, records {} to {}\n", accounts.lines, batch.first_record, batch.next_record);
    for (std::size_t i = 0; i < batch.tally.size(); ++i)
        if (batch.tally[i] != 0) text += fmt::format("counter {}: {}\n", i, batch.tally[i]);
    for (const core::Row& row : batch.rows)
        text += fmt::format("row {} {} {} {} {} {}\n", row.clean_begin, row.byte_position, row.line,
                            row.source_bytes, row.fields_bytes, row.clean_bytes);
    for (const auto& key : batch.keys)
        text +=
            fmt::format("key {:02x}\n",
                        fmt::join(std::span(reinterpret_cast<const unsigned char*>(&key), sizeof key), ""));
    for (const auto& criteria : batch.criteria)
        text += fmt::format("criteria {}\n", fmt::join(criteria, " "));
    return text;
}

std::string values_of(const core::Cleaner& cleaner) {
    std::string text;
    for (const core::Value& value : cleaner.values()) {
        const bool has_text = value.data != nullptr && value.size > 0;
        text += fmt::format("{} {} '{}'; ", static_cast<int>(value.state),
                            value.state == core::State::present && !has_text ? value.number : 0,
                            value.state != core::State::missing && has_text ? value.text() : "");
    }
    return text;
}

} // namespace

TEST_CASE("both ways through a record come to the same end", "[rows][property]") {
    Random random(20261123);
    std::uint64_t clean = 0;
    int jobs = 0;
    for (int round = 0; round < 2500; ++round) {
        const std::string job = JobMaker(random).make();
        const std::string csv = random_csv(random, 80, one_in(random, 2));
        INFO("round " << round << "\n" << job);
        std::optional<test::ReadyJob> ready;
        try {
            ready.emplace(test::ready_job(job, csv));
        } catch (const std::exception&) {
            continue; // steps that contradict each other
        }
        ++jobs;
        core::Cleaner fast(ready->recipe());
        core::Cleaner general(ready->recipe(), core::Cleaner::Ways::general);
        core::Batch first, second;
        first.tally = second.tally = core::Tally(ready->recipe().shape());
        for (int again = 0; again < 2; ++again) {
            fast.clean(ready->chunk(csv), ready->mapping(), first);
            general.clean(ready->chunk(csv), ready->mapping(), second);
            REQUIRE(contents(first) == contents(second));
            clean += first.accounts.clean.records;
        }
        // One by one: the values, too.
        core::Chunk chunk = ready->chunk(csv);
        for (int record = 0; record < 10 && chunk.begin < csv.size();
             ++record, chunk.begin = first.next_record) {
            chunk.end = chunk.begin + 1;
            fast.clean(chunk, ready->mapping(), first);
            general.clean(chunk, ready->mapping(), second);
            INFO("record " << csv.substr(chunk.begin, first.next_record - chunk.begin));
            if (first.accounts.clean.records == 1) REQUIRE(values_of(fast) == values_of(general));
        }
    }
    CHECK(jobs > 1700);
    CHECK(clean > 50'000);
}

namespace {

/// A text that the format reads, or nearly: parts beyond their range, one digit or two, now and then a
/// mutation.
std::string random_date(Random& random, const std::string& format) {
    std::string text;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') {
            text += format[i];
            continue;
        }
        const char part = format[++i];
        const std::size_t most = part == 'Y'   ? 2400
                                 : part == 'y' ? 100
                                 : part == 'm' ? 14
                                 : part == 'd' ? 33
                                               : 62;
        const std::size_t number =
            part == 'Y' && !one_in(random, 20) ? 1890 + below(random, 300) : below(random, most);
        const bool padded = part == 'y' || !one_in(random, 3);
        text += part == 'Y' ? fmt::format("{:04}", number) : fmt::format("{:0{}}", number, padded ? 2 : 1);
    }
    return one_in(random, 20) ? mutated(random, text) : text;
}

std::string random_number(Random& random) {
    std::string text = one_in(random, 4) ? pick(random, std::array{"-", "+", "--", " "}) : "";
    for (std::size_t i = below(random, 11); i > 0; --i)
        text += static_cast<char>('0' + below(random, one_in(random, 3) ? 1 : 10));
    if (one_in(random, 2)) text += pick(random, std::array{".", ".", ","});
    for (std::size_t i = below(random, 5); i > 0; --i)
        text += static_cast<char>('0' + below(random, one_in(random, 3) ? 1 : 10));
    return one_in(random, 20) ? mutated(random, text) : text;
}

std::string quoted(std::string text) {
    for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2) text.insert(at, 1, '"');
    return "\"" + text + "\"";
}

} // namespace

TEST_CASE("dates and numbers come out alike both ways", "[rows][property]") {
    const std::vector<std::vector<std::string>> lists{
        {"%Y-%m-%d"},
        {"%m/%d/%Y"},
        {"%d.%m.%Y", "%m/%d/%Y", "%Y%m%d"},
        {"%m/%d/%y"},
        {"%d-%m-%y %H:%M:%S"},
        {"%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y %H:%M:%S"},
        {"%Y%m%d%H%M%S"},
        {"%H:%M:%S on day %d of %m/%Y"}};
    Random random(7);
    for (int round = 0; round < 200; ++round) {
        const auto& formats = lists[below(random, lists.size())];
        std::string job =
            fmt::format("[fields]\nday = {} \"d\" | formats", one_in(random, 2) ? "date" : "timestamp");
        for (const std::string& format : formats) job += fmt::format(" \"{}\"", format);
        if (one_in(random, 3)) job += fmt::format(" | pivot {}", below(random, 100));
        job += " | else keep\nwhole = integer \"n\" | else keep\n";
        job += fmt::format(
            "part = decimal \"n\"{} | else keep\n",
            pick(random, std::array{"", " | scale 2", " | scale 7", " | scale 8", " | scale 9", " | scale 0",
                                    " | scale 2 | round", " | scale 3 | decimal_comma"}));
        job += "product = decimal := whole * part | else blank\n";
        std::string csv = "d,n\n";
        for (int record = 0; record < 150; ++record)
            csv += quoted(random_date(random, formats[below(random, formats.size())])) + "," +
                   quoted(random_number(random)) + "\n";
        INFO(job);
        std::optional<test::ReadyJob> ready;
        try {
            ready.emplace(test::ready_job(job, csv));
        } catch (const std::exception&) {
            continue; // a date can't have some formats
        }
        core::Cleaner fast(ready->recipe());
        core::Cleaner general(ready->recipe(), core::Cleaner::Ways::general);
        core::Batch first, second;
        first.tally = second.tally = core::Tally(ready->recipe().shape());
        fast.clean(ready->chunk(csv), ready->mapping(), first);
        general.clean(ready->chunk(csv), ready->mapping(), second);
        REQUIRE(contents(first) == contents(second));
        CHECK(first.accounts.clean.records > 100);
    }
}
