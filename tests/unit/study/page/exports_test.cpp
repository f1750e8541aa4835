#include "study/page/exports.hpp"

#include "core/number/human_numbers.hpp"
#include "study/analysis/analysis.hpp"
#include "study/page/plots.hpp"
#include "study/page/svg.hpp"
#include "support/catch.hpp"
#include "support/study_rows.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <random>
#include <sstream>

using namespace ordermill::study;
using ordermill::test::add_run;

namespace {

/// 1, 2, 4, 8 workers on a host with 4 cores, twice each; perfect speedup but for 8.
std::vector<RawRow> study_rows() {
    std::vector<RawRow> rows;
    for (const int workers : {1, 2, 4, 8})
        for (int repeat = 0; repeat < 2; ++repeat) {
            const double seconds = 16.0 / std::min(workers, 4) * (1 + 0.01 * repeat);
            add_run(rows, {.repeat = repeat,
                           .seconds = seconds,
                           .useful = std::vector<double>(static_cast<std::size_t>(workers), seconds / 2),
                           .cores = 4});
        }
    return rows;
}

std::vector<TimelineRow> bars(int ranks, int bars_each) {
    std::vector<TimelineRow> rows;
    for (int rank = 0; rank < ranks; ++rank)
        for (int i = 0; i < bars_each; ++i) {
            TimelineRow row;
            row.study = "s1";
            row.ranks = ranks;
            row.workers = ranks - 1;
            row.rank = rank;
            row.phase = i % 2 == 0 ? Phase::read : Phase::clean;
            row.begin_s = i * 4.0 / bars_each;
            row.end_s = (i + 1) * 4.0 / bars_each;
            rows.push_back(row);
        }
    return rows;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
}

} // namespace

TEST_CASE("exports: JSON has what was measured, fitted and refused", "[study]") {
    const auto rows = study_rows();
    const auto json = nlohmann::json::parse(json_text(analyse(rows), rows));
    const auto& study = json.at("studies").at(0);
    CHECK(study.at("mode") == "strong");
    REQUIRE(study.at("sizes").size() == 4);
    CHECK(study["sizes"][2]["workers"] == 4);
    CHECK(std::abs(study["sizes"][2]["speedup"]["median"].get<double>() - 4) < 1e-9);
    CHECK(study["sizes"][3]["oversubscribed"] == true);
    CHECK(study["sizes"][3]["in_fits"] == false);
    CHECK(study["sizes"][0]["karp_flatt"].is_null());
    CHECK(study["sizes"][0]["pop_workers"]["transfer_efficiency"] == "not measured");
    CHECK(study["fits"][0]["law"] == "amdahl");
    CHECK(study["fits"][0]["serial"]["value"].get<double>() < 0.01);
    CHECK(study["fits"][1].contains("refused"));
    CHECK(study["verdict"]["bound"] == "cleaning");
}

// https://github.com/extra-p/extrap, docs/file-formats.md: an object a line; params and value are required.
TEST_CASE("exports: Extra-P gets one measurement a line, all repeats in it", "[study]") {
    const auto rows = study_rows();
    std::istringstream lines(extra_p_text(analyse(rows).at(0)));
    std::size_t found = 0;
    bool clean_seen = false;
    for (std::string line; std::getline(lines, line); ++found) {
        const auto json = nlohmann::json::parse(line);
        INFO(line);
        CHECK(json.at("params").at("p").get<int>() <= 4); // 8 workers are too many for the host
        CHECK(json.at("value").size() == 2);
        CHECK((json.at("metric") == "wall_s" || json.at("metric") == "cpu_s"));
        if (json["callpath"] != "ordermill->clean" || json["params"]["p"] != 2) continue;
        clean_seen = true;
        CHECK(std::abs(json["value"][0].get<double>() - 4) < 1e-9);
    }
    CHECK(found == 3 * phase_count * 2);
    CHECK(clean_seen);
}

TEST_CASE("exports: the page has every plot and loads nothing", "[study]") {
    auto rows = study_rows();
    for (RawRow& row : rows) row.cpu_model = "<script>alert(1)</script> & \"co\"";
    const std::string html = html_text(analyse(rows, bars(5, 10)), rows);
    for (const char* id : {"strong-time", "strong-speedup", "strong-efficiency", "strong-phases",
                           "strong-phase-shares", "strong-timeline"}) {
        INFO(id);
        CHECK(count(html, std::string("id=\"") + id + '"') == 1);
    }
    CHECK(count(html, "<svg ") == 6);
    CHECK(count(html, "<script") == 0);
    CHECK(count(html, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;") == 1);
    CHECK(count(html, "src=") + count(html, "url(") + count(html, "@import") + count(html, "<link") == 0);
    CHECK(count(html, "href=") == count(html, "<a href=\"https://")); // links to sources, which load nothing
    CHECK(count(html, "nan") + count(html, "inf\"") == 0);
}

TEST_CASE("exports: pictures stay small for many ranks and intervals", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.seconds = 4, .useful = std::vector<double>(1000, 3.0)});
    const auto analysis = analyse(rows, bars(1001, 50)).at(0);
    const Plot plot = timeline_plot(analysis);
    CHECK(count(plot.svg.element(), ">rank ") <= most_timeline_ranks);
    CHECK(plot.caption.ends_with("48 of its 1001 ranks are shown."));
    std::vector<RawRow> two;
    add_run(two, {.seconds = 4, .useful = {3}});
    CHECK(timeline_plot(analyse(two, bars(2, 100'000)).at(0)).svg.element().size() < 300'000);
}

// Times from picoseconds to ages, phases that add up to nothing sensible: no number of the page breaks.
TEST_CASE("exports: whatever the rows hold, the page has numbers", "[study]") {
    std::mt19937_64 random(11);
    const auto wild = [&] {
        return random() % 5 == 0 ? 0.0 : std::pow(10.0, std::uniform_real_distribution(-12.0, 12.0)(random));
    };
    for (int study = 0; study < 300; ++study) {
        INFO("study " << study);
        std::vector<RawRow> rows;
        const std::uint64_t sizes = random() % 6 + 1;
        for (std::uint64_t size = 0; size < sizes; ++size) {
            const std::size_t workers = random() % 3 == 0 ? random() % 50 + 1 : size + 1;
            std::vector<RawRow> own;
            add_run(own, {.mode = study % 2 == 0 ? Mode::strong : Mode::weak,
                          .seconds = wild() + 1e-12,
                          .useful = std::vector<double>(workers, wild()),
                          .dealing = wild(),
                          .bytes = study % 2 == 0 ? 1000 : random() % 1'000'000 + 1,
                          .cores = static_cast<int>(random() % 60) + 1,
                          .study = "s" + std::to_string(size)});
            for (RawRow& row : own) {
                if (row.phase != Phase::total) row.wall_s = wild();
                row.work_bytes = own.front().work_bytes;
                rows.push_back(row);
            }
        }
        std::vector<Analysis> analyses;
        try {
            analyses = analyse(rows);
        } catch (const RowError&) {
            continue; // weak runs of one size with different work
        }
        const std::string html = html_text(analyses, rows);
        CHECK(count(html, "nan") + count(html, "inf ") + count(html, "inf\"") + count(html, "inf,") == 0);
        CHECK(nlohmann::json::parse(json_text(analyses, rows)).at("studies").size() == analyses.size());
        CHECK(html.size() < 2'000'000);
    }
}

TEST_CASE("exports: a single size and a single run are drawn too", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.seconds = 4, .useful = {3, 3}});
    for (const Plot& plot : plots_of(analyse(rows).at(0))) {
        INFO(plot.name);
        const std::string file = plot.svg.file();
        CHECK(file.starts_with("<?xml"));
        CHECK(count(file, "<style>") == 1);
        CHECK(count(file, "nan") + count(file, "inf") == 0);
        CHECK(count(file, "<svg") == count(file, "</svg>"));
    }
}

TEST_CASE("exports: the timeline is the one of the judged size", "[study]") {
    const auto rows = study_rows();
    auto timeline = bars(9, 4); // 8 workers: oversubscribed
    CHECK(analyse(rows, timeline).at(0).timeline.workers == 8);
    for (const TimelineRow& row : bars(5, 4)) timeline.push_back(row);
    CHECK(analyse(rows, timeline).at(0).timeline.workers == 4);
    CHECK(analyse(rows).at(0).timeline.rows.empty());
}

TEST_CASE("exports: axis ticks are round", "[study]") {
    using Ticks = std::vector<double>;
    CHECK(round_ticks(0, 12.6, 6) == Ticks{0, 2, 4, 6, 8, 10, 12});
    CHECK(round_ticks(0, 1, 5) == Ticks{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
    CHECK(round_ticks(0, 70, 6) == Ticks{0, 10, 20, 30, 40, 50, 60, 70});
    CHECK_FALSE(std::signbit(round_ticks(0, 3, 6).front()));
    CHECK(binary_ticks(0.9, 17, 8) == Ticks{1, 2, 4, 8, 16});
    CHECK(binary_ticks(1, 4096, 4) == Ticks{1, 8, 64, 512, 4096});
    const Scale logarithmic{1, 16, 0, 100, true};
    CHECK(std::abs(logarithmic.at(4) - 50) < 1e-9);
}

TEST_CASE("exports: numbers for people", "[study]") {
    CHECK(ordermill::core::seconds_text(0) == "0 s");
    CHECK(ordermill::core::seconds_text(12.345) == "12.3 s");
    CHECK(ordermill::core::seconds_text(0.4567) == "457 ms");
    CHECK(ordermill::core::seconds_text(0.99999) == "1.00 s");
    CHECK(ordermill::core::seconds_text(0.0000213) == "21.3 us");
    CHECK(ordermill::core::seconds_text(12345) == "12345 s");
    CHECK(ordermill::core::bytes_text(0) == "0 B");
    CHECK(ordermill::core::bytes_text(1023) == "1023 B");
    CHECK(ordermill::core::bytes_text(1024) == "1.00 KiB");
    CHECK(ordermill::core::bytes_text(1'572'864'000) == "1.46 GiB");
    CHECK(ordermill::core::byte_rate_text(189.2 * 1048576) == "189 MiB/s");
    CHECK(ordermill::core::quantity_text(7) == "7");
    CHECK(ordermill::core::quantity_text(42.51) == "42.5");
    CHECK(ordermill::core::quantity_text(1024) == "1,024");
    CHECK(ordermill::core::quantity_text(12'345'678) == "12.3 M");
}
