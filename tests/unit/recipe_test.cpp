// Jobs at the edge of what can be compiled.
#include "app/errors.hpp"
#include "app/job_file.hpp"
#include "core/recipe.hpp"
#include "support/catch.hpp"
#include "support/clean_text.hpp"
#include "support/temporary.hpp"

#include <string>

using namespace ordermill;

namespace {

core::Recipe compiled(const std::string& job) {
    const core::JobSpec spec = app::read_job(job, "test.cfg", {});
    return core::Recipe::compile(spec, spec.input, {}, {});
}

struct Refusal {
    std::string sentence;
    core::Place place;
};

Refusal refusal(const std::string& job) {
    try {
        compiled(job);
    } catch (const core::JobError& error) {
        return {error.what(), error.place};
    }
    return {"no error", {}};
}

} // namespace

TEST_CASE("rest = * alone carries every column", "[recipe]") {
    const std::string job = "[input]\nblank = reject\n[fields]\nrest = * | names snake\n";
    const test::Cleaned cleaned = test::clean_text(job, "Order Id,Name\n 1 ,\"a,b\"\n2\n,\n3,c\n");
    CHECK(cleaned.clean == "order_id,name\n 1 ,\"a,b\"\n3,c\n");
    CHECK(cleaned.accounts.rejected.records == 2);
    const test::Cleaned one = test::clean_text("[input]\nblank = keep\n[fields]\nrest = *\n", "x\n1\n\"\"\n");
    CHECK(one.clean == "x\n1\n\"\"\n");
}

TEST_CASE("rest = * behind hidden fields, with duplicates by the whole row", "[recipe]") {
    const std::string job = "[fields]\nid = integer | hidden\nrest = *\n[duplicates.same]\nkey = all\n";
    CHECK(test::clean_text(job, "id,a\n1,x\n2,y\n").clean == "a\nx\ny\n");
}

TEST_CASE("a job that would write nothing is refused", "[recipe]") {
    CHECK(refusal("[fields]\nid = integer | hidden\n").sentence ==
          "every field is hidden: nothing would be written");
    const test::TemporaryFolder folder;
    folder.write("job.cfg", "[fields]\nid = integer | hidden\nrest = *\n");
    folder.write("id.csv", "id\n1\n");
    app::PlanRequest request;
    request.job_path = folder / "job.cfg";
    request.inputs = {folder / "id.csv"};
    io::PipeInput pipe(-1);
    CHECK_THROWS_AS(app::make_plan(request, pipe), app::UsageError);
    CHECK_THROWS_AS(compiled("[input]\n"), app::JobFileError);
}

TEST_CASE("a derived phone takes its country from no field", "[recipe]") {
    const Refusal refused = refusal("[fields]\nland = text\nraw = text\n"
                                    "tel = phone := raw | country_from land | format e164\n");
    CHECK(refused.sentence ==
          "field tel: country_from needs a phone that is read from a column; for a derived one give country");
    CHECK(refused.place.line == 4);
    CHECK(refused.place.column == 35);
    CHECK(refusal("[fields]\nraw = text\ntel = phone := raw | country FR | format e164\n").sentence ==
          "no error");
}
