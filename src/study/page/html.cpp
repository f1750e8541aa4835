#include "core/number/human_numbers.hpp"
#include "study/page/exports.hpp"
#include "study/page/plots.hpp"

#include <fmt/format.h>

#include <span>

namespace ordermill::study {
namespace {

constexpr std::string_view page_style = R"(
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 24px 28px 48px; }
h1 { font-size: 26px; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 21px; margin: 40px 0 12px; padding-top: 20px; border-top: 1px solid var(--grid); }
h3 { font-size: 15px; margin: 28px 0 8px; }
p { max-width: 100ch; }
a { color: var(--mark); }
code { font-size: 0.95em; overflow-wrap: anywhere; }
.measured-on { margin: 12px 0 0; font-size: 13px; display: grid; grid-template-columns: max-content minmax(0, 1fr);
  gap: 2px 16px; }
.measured-on dt { color: var(--muted); }
.measured-on dd { margin: 0; overflow-wrap: anywhere; }
.verdict { border-left: 4px solid var(--mark); padding: 6px 16px; margin: 16px 0; font-size: 16px; max-width: 110ch; }
.plots { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px; }
figure { margin: 0; border: 1px solid var(--grid); border-radius: 8px; padding: 14px 16px; overflow: hidden; }
figure.wide { grid-column: 1 / -1; }
figure h3 { margin: 0 0 4px; }
figcaption { color: var(--muted); font-size: 13px; margin-top: 6px; }
.table, .scroll { overflow-x: auto; }
.wide .plot { min-width: 800px; }
.hint { display: none; color: var(--muted); font-size: 13px; margin: 0 0 4px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 5px 12px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
th { color: var(--muted); font-weight: 600; }
th:last-child, td:last-child { text-align: left; color: var(--muted); }
dl.words { max-width: 110ch; font-size: 14px; }
dl.words dt { font-weight: 600; margin-top: 8px; }
dl.words dd { margin: 0 0 0 20px; }
ul { padding-left: 20px; max-width: 100ch; }
@media (max-width: 1180px) { .table + .hint, .table-hint { display: block; } }
@media (max-width: 860px) {
  .plots { grid-template-columns: minmax(0, 1fr); } main { padding: 16px; } .hint { display: block; }
  .measured-on { grid-template-columns: minmax(0, 1fr); } .measured-on dd { margin-bottom: 6px; }
}
@media (max-width: 520px) { figure:not(.wide) .plot { min-width: 440px; } }
@media (min-width: 521px) { .narrow-hint { display: none; } }
@media print {
  :root { --paper: #ffffff; --ink: #000000; --muted: #444444; --grid: #cccccc; --axis: #666666; --wait: #d3d9e0; }
  @page { size: A4 landscape; margin: 12mm; }
  main { max-width: none; padding: 0; }
  body { font-size: 12px; }
  figure, table, dl.words > *, .verdict { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .wide .plot { min-width: 0; }
  .hint { display: none; }
  .table, .scroll { overflow: visible; }
  table { font-size: 10px; }
  th, td { padding: 3px 6px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)";

std::string table_html(std::string_view caption, const std::vector<std::vector<std::string>>& table) {
    std::string html = fmt::format("<h3>{}</h3>\n<p class=\"hint table-hint\">Scroll sideways to see all "
                                   "columns.</p>\n<div class=\"table\" "
                                   "tabindex=\"0\"><table>\n",
                                   escaped(caption));
    for (std::size_t row = 0; row < table.size(); ++row) {
        html += row == 0 ? "<thead><tr>" : "<tr>";
        for (const std::string& cell : table[row])
            html += row == 0
                        ? fmt::format("<th scope=\"col\">{}</th>", escaped(cell.empty() ? "remark" : cell))
                        : fmt::format("<td>{}</td>", escaped(cell));
        html += row == 0 ? "</tr></thead>\n<tbody>\n" : "</tr>\n";
    }
    return html + "</tbody></table></div>\n";
}

std::string list_html(const std::vector<std::string>& sentences) {
    std::string html = "<ul>\n";
    for (const std::string& sentence : sentences) html += fmt::format("<li>{}</li>\n", escaped(sentence));
    return html + "</ul>\n";
}

std::string figure_html(const Plot& plot) {
    const bool wide = plot.name.ends_with("phases") || plot.name.ends_with("phase-shares") ||
                      plot.name.ends_with("timeline");
    return fmt::format(
        "<figure{} id=\"{}\"><h3>{}</h3>\n<p class=\"{}\">Scroll sideways to see all of it.</p>\n<div "
        "class=\"scroll\"{}>{}</div><figcaption>{}</figcaption></figure>\n",
        wide ? " class=\"wide\"" : "", plot.name, escaped(plot.title), wide ? "hint" : "hint narrow-hint",
        wide ? " tabindex=\"0\"" : "", plot.svg.element(), escaped(plot.caption));
}

struct Word {
    std::string_view word;
    std::string_view meaning; ///< HTML
};

/// What the numbers of a study mean, each with its source.
constexpr Word speedup_words[] = {
    {"Time",
     "From the first chunk dealt to the last byte written, the median of the runs. \"95 %\" is half the "
     "median's 95 % interval by order statistics, which takes six runs."},
    {"Speedup",
     "S(n) = n<sub>0</sub> T(n<sub>0</sub>) / T(n), against the smallest size n<sub>0</sub>; where the "
     "work grows, of the work done per second "
     "(<a href=\"https://doi.org/10.1145/42411.42415\">Gustafson 1988</a>). n counts workers: rank 0, "
     "which deals and sleeps, is apart."},
    {"Efficiency",
     "S(n) / n (<a href=\"https://doi.org/10.1109/12.21127\">Eager, Zahorjan and Lazowska 1989</a>)."},
    {"Karp-Flatt",
     "The serial fraction that this speedup would have by Amdahl's law, e = (1/S - 1/n) / (1 - 1/n). "
     "Where it grows with n, something more than a serial part costs time "
     "(<a href=\"https://doi.org/10.1145/78607.78614\">Karp and Flatt 1990</a>)."},
    {"Of the ceiling",
     "The rate as a share of what n processes reach at the same time that share nothing: each "
     "cleans its own part of the input into its own outputs. It tells what the machine can't do "
     "from what the program can't."},
};
constexpr Word pop_words[] = {
    {"Useful time", "CPU time in clean and resolve."},
    {"Load balance", "Mean useful time / greatest useful time of a rank."},
    {"Communication efficiency", "Greatest useful time / time of the run."},
    {"Parallel efficiency", "Load balance times communication efficiency: mean useful time / time."},
    {"Computation scaling", "Useful time for the same work at the base / here, summed over the ranks."},
    {"Global efficiency", "Parallel efficiency times computation scaling."},
};
constexpr Word law_words[] = {
    {"Amdahl's law", "S(n) = n / (1 + s (n - 1)): the same work, of which the share s is serial "
                     "(<a href=\"https://doi.org/10.1145/1465482.1465560\">Amdahl 1967</a>)."},
    {"Gustafson's law", "S(n) = n - s (n - 1): work that grows with the workers "
                        "(<a href=\"https://doi.org/10.1145/42411.42415\">Gustafson 1988</a>)."},
    {"Universal Scalability Law",
     "S(n) = n / (1 + &alpha; (n - 1) + &beta; n (n - 1)): contention &alpha; for "
     "what is shared, and &beta; for what all must agree on, which makes more workers "
     "slower in the end (<a href=\"https://arxiv.org/abs/0808.1431\">Gunther "
     "2008</a>)."},
};

std::string words_html(std::span<const Word> words) {
    std::string html = "<dl class=\"words\">\n";
    for (const Word& word : words) html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", word.word, word.meaning);
    return html + "</dl>\n";
}

/// One fact of the head; nothing where it isn't known.
std::string fact_html(std::string_view name, const std::string& value, bool code = false) {
    if (value.empty()) return {};
    const std::string_view tag = code ? "code" : "span";
    return fmt::format("<dt>{0}</dt><dd><{2}>{1}</{2}></dd>\n", name, escaped(value), tag);
}

std::string size_text(const RawRow& row) {
    std::string text;
    if (row.work_bytes > 0) text = core::bytes_text(row.work_bytes);
    if (row.work_records > 0)
        text += fmt::format("{}{} records", text.empty() ? "" : ", ",
                            core::quantity_text(static_cast<double>(row.work_records)));
    return text;
}

/// What was run, of a section. Where the work grows the size is that of the smallest run.
std::string facts_html(const Analysis& analysis) {
    const RawRow& head = analysis.head;
    std::string html = "<dl class=\"measured-on\">\n";
    html += fact_html("Job", head.job, true) + fact_html("Inputs", head.inputs, true);
    html += fact_html("Work", size_text(head) + (analysis.mode() == Mode::weak ? " (of the first run)" : ""));
    html += fact_html("Command", head.command, true);
    if (head.chunk_bytes > 0) {
        html += fact_html("Chunks", fmt::format("of {}", core::bytes_text(head.chunk_bytes)));
        html += fact_html("Parts of clean.csv", fmt::to_string(head.parts));
    }
    return html + "</dl>\n";
}

std::string section_html(const Analysis& analysis) {
    std::string html =
        fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", analysis.id(), escaped(title(analysis)));
    html += facts_html(analysis);
    html += fmt::format("<p class=\"verdict\">{}</p>\n", escaped(analysis.bottleneck.sentence));
    if (!analysis.ceiling.empty())
        html += fmt::format("<p class=\"verdict\">{}</p>\n", escaped(analysis.ceiling));
    html += "<div class=\"plots\">\n";
    for (const Plot& plot : plots_of(analysis)) html += figure_html(plot);
    html += "</div>\n";
    html += table_html("Times and speedup", size_table(analysis)) + words_html(speedup_words);
    html += table_html("What it costs", cost_table(analysis));
    html +=
        fmt::format("<p>{} Core-hours are time x workers; where rank 0 has a core of its own, add the time "
                    "once.</p>\n",
                    escaped(best_sentence(analysis)));
    html +=
        table_html("POP efficiencies of the run of median time", pop_table(analysis)) + words_html(pop_words);
    html += "<p>As the <a href=\"https://co-design.pop-coe.eu/metrics\">POP Centre of Excellence</a> defines "
            "them. "
            "Communication efficiency isn't split into serialisation and transfer: that takes a replay on an "
            "ideal "
            "network, which isn't made here.</p>\n";
    html += "<h3>Fitted laws</h3>\n" + list_html(fit_sentences(analysis)) + words_html(law_words);
    html += "<p>Least squares over all runs, relative to their rates. Ranges are those of 95 %, from the "
            "Jacobian and "
            "Student's t: of the runs or of the sizes' means, whichever is wider. A law doesn't describe the "
            "sizes "
            "when one of them is off by more than 3.5 standard errors and 2 %.</p>\n";
    html += table_html("What else went on meanwhile", conditions_table(analysis));
    html += "<p>Memory is the greatest of all ranks and runs of the size. Others' cores are CPU seconds of "
            "all other "
            "processes on the hosts per second of the median run; stolen cores went to other guests of the "
            "hypervisor; \"core lost\" is how often a worker was taken off its core; the load average is the "
            "last "
            "minute's and has our own runs in it.</p>\n";
    html += "<h3>Notes</h3>\n" + list_html(analysis.notes);
    return html + "</section>\n";
}

} // namespace

std::string html_text(const std::vector<Analysis>& analyses, std::span<const RawRow> rows) {
    std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                       "'unsafe-inline'\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n"
                       "<title>ordermill: scaling study</title>\n";
    html += fmt::format("<style>\n{}{}</style>\n</head>\n<body>\n<main>\n<h1>Scaling study</h1>\n",
                        plot_style(), page_style);
    html += "<dl class=\"measured-on\">\n";
    for (const Provenance& fact : provenance(rows)) html += fact_html(fact.name, fact.value);
    html += "</dl>\n";
    if (const auto sweeps = sweep_plots(analyses); !sweeps.empty()) {
        html += "<h2>Settings side by side</h2>\n<div class=\"plots\">\n";
        for (const Plot& plot : sweeps) html += figure_html(plot);
        html += "</div>\n";
    }
    for (const Analysis& analysis : analyses) html += section_html(analysis);
    return html + "</main>\n</body>\n</html>\n";
}

} // namespace ordermill::study
