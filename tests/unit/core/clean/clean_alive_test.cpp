// Long work says that it lives: `between` is called within records, not only between slices.
#include "core/clean/clean.hpp"

#include "support/catch.hpp"
#include "support/clean_text.hpp"

#include <fmt/format.h>

#include <string>

using namespace ordermill;

namespace {

struct Gone {};

std::string derived_job(int fields) {
    std::string job = "[fields]\nid = integer\ntext = text\n";
    for (int i = 0; i < fields; ++i) job += fmt::format("d{} = integer := length(upper(text)) + {}\n", i, i);
    return job;
}

/// How often it is called while the text is cleaned.
int calls(const std::string& job, const std::string& csv) {
    const test::ReadyJob ready = test::ready_job(job, csv);
    core::Cleaner cleaner(ready.recipe());
    core::Batch batch(ready.recipe().shape().size());
    int count = 0;
    cleaner.clean(ready.chunk(csv), ready.mapping(), batch, [&count] { ++count; });
    CHECK(batch.accounts.clean.records > 0);
    return count;
}

} // namespace

TEST_CASE("one record with many expressions over a long text is long work") {
    const std::string csv = "id,text\n1," + std::string(100'000, 'x') + "\n";
    CHECK(calls(derived_job(0), csv) == 0);
    CHECK(calls(derived_job(1000), csv) >= 20);
}

TEST_CASE("so are many small records, and drops and rules count") {
    std::string csv = "id,text\n";
    for (int i = 0; i < 3000; ++i) csv += fmt::format("{},\"a, b\"\n", i);
    CHECK(calls(derived_job(0), csv) == 0);
    CHECK(calls(derived_job(300), csv) >= 10);
    std::string rules = "[fields]\nid = integer\ntext = text\n[rules]\n";
    for (int i = 0; i < 300; ++i) rules += fmt::format("r{} = id > 0 - {}\n", i, i + 1);
    CHECK(calls(rules, csv) >= 10);
}

TEST_CASE("so is a replacement that looks through the whole text for each match") {
    const std::string csv = "id,text\n1," + std::string(20'000, 'c') + "\n";
    const std::string fields = "[fields]\nid = integer\n";
    CHECK(calls(fields + "text = text | replace \"c[^z]*d|c\" \"x\"\n", csv) >= 1);
    CHECK(calls(fields + "text = text\nother = text := replace(text, \"c[^z]*d|c\", \"x\")\n", csv) >= 1);
    CHECK(calls(fields + "text = text | replace \"c$\" \"x\"\n", csv) == 0);
}

TEST_CASE("an exception out of it leaves a Cleaner that can go on") {
    const std::string csv = "id,text\n1," + std::string(100'000, 'x') + "\n";
    const test::ReadyJob ready = test::ready_job(derived_job(1000), csv);
    core::Cleaner cleaner(ready.recipe());
    core::Batch batch(ready.recipe().shape().size());
    CHECK_THROWS_AS(cleaner.clean(ready.chunk(csv), ready.mapping(), batch, [] { throw Gone{}; }), Gone);
    cleaner.clean(ready.chunk(csv), ready.mapping(), batch);
    CHECK(batch.accounts.clean.records == 1);
}
