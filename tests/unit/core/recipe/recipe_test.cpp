// Jobs at the edge of what can be compiled.
#include "app/base/errors.hpp"
#include "app/job/job_file.hpp"
#include "core/recipe/recipe.hpp"
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
          "every field is hidden, so nothing would be written");
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

TEST_CASE("no two columns of the output have one name", "[recipe]") {
    struct Case {
        std::string job;
        std::string sentence; ///< its beginning; empty: fine
        std::uint32_t line = 0;
        std::uint32_t column = 0;
    };
    const std::string beside = ", besides that of ";
    const Case cases[] = {
        {"[fields]\nid = code\nline = code\n[output]\nprovenance = line\n",
         "the field \"line\" would be the second output column \"line\"" + beside +
             "provenance; rename that column, for example provenance = line as source_line",
         3, 1},
        {"[output]\nprovenance = line, file as quelle\n[fields]\nid = code\nquelle = code\n",
         "the field \"quelle\" would be the second output column \"quelle\"" + beside +
             "provenance; rename that column, for example provenance = file as source_file",
         5, 1},
        {"[fields]\nflags = code\nb = date | else flag\n",
         "the field \"flags\" would be the second output column \"flags\"" + beside +
             "flags; rename it, or remove the column of flags with flags = never",
         2, 1},
        {"[fields]\nflags = code\n[output]\nprovenance = file as flags\n",
         "the field \"flags\" would be the second output column \"flags\"" + beside + "provenance;", 2, 1},
        {"[fields]\na = code\n[output]\nprovenance = file as x, line as x\n",
         "provenance: two output columns would have the name \"x\"", 4, 14},
        {"[fields]\na = code | else flag\n[output]\nprovenance = file as flags\n",
         "provenance: two output columns would have the name \"flags\"", 4, 14},
        {"[fields]\nline = code\nfile = code\nflags = code\n[output]\nprovenance = file as f, line as l\n",
         ""},
        {"[fields]\na = code\nline = code | hidden\n[output]\nprovenance = line\n", ""},
        {"[fields]\nflags = code | else flag\n[output]\nflags = never\n", ""},
    };
    for (const Case& c : cases) {
        INFO(c.job);
        const Refusal refused = refusal(c.job);
        CHECK(refused.sentence.substr(0, c.sentence.size()) == (c.sentence.empty() ? "" : c.sentence));
        if (c.sentence.empty()) CHECK(refused.sentence == "no error");
        CHECK(refused.place.line == c.line);
        CHECK(refused.place.column == c.column);
    }
    // Columns that are carried, by the name that they get.
    const auto carried = [](const std::string& rest) {
        try {
            return test::clean_text("[fields]\na = code\n" + rest + "\n[output]\nprovenance = file\n",
                                    "a,File\n1,2\n")
                .clean;
        } catch (const app::JobFileError& error) {
            return std::string(error.what());
        }
    };
    CHECK(carried("rest = *") == "a,File,file\n1,2,test.csv\n");
    CHECK(carried("rest = * | names snake")
              .starts_with(
                  "test.cfg:3:1: rest = *: the column \"File\" would be the second output column \"file\""));
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
