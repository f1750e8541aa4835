#include "study/page/exports.hpp"
#include "study/page/plots.hpp"

#include <fmt/format.h>

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
.measured-on { color: var(--muted); margin: 0; padding: 0; list-style: none; font-size: 13px; }
.bottleneck { border-left: 4px solid var(--mark); padding: 6px 16px; margin: 16px 0; font-size: 16px; max-width: 110ch; }
.plots { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px; }
figure { margin: 0; border: 1px solid var(--grid); border-radius: 8px; padding: 14px 16px; overflow: hidden; }
figure.wide { grid-column: 1 / -1; }
figure h3 { margin: 0 0 4px; }
figcaption { color: var(--muted); font-size: 13px; margin-top: 6px; }
.table, .scroll { overflow-x: auto; }
.wide .plot { min-width: 800px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 5px 12px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
th { color: var(--muted); font-weight: 600; }
th:last-child, td:last-child { text-align: left; color: var(--muted); }
ul { padding-left: 20px; max-width: 100ch; }
@media (max-width: 860px) { .plots { grid-template-columns: minmax(0, 1fr); } main { padding: 16px; } }
@media print { figure { break-inside: avoid; } }
)";

std::string table_html(std::string_view caption, const std::vector<std::vector<std::string>>& table) {
    std::string html = fmt::format("<h3>{}</h3>\n<div class=\"table\"><table>\n", escaped(caption));
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
    const bool wide = plot.name.ends_with("phases") || plot.name.ends_with("timeline");
    return fmt::format("<figure{} id=\"{}\"><h3>{}</h3>\n<div "
                       "class=\"scroll\">{}</div><figcaption>{}</figcaption></figure>\n",
                       wide ? " class=\"wide\"" : "", plot.name, escaped(plot.title), plot.svg.element(),
                       escaped(plot.caption));
}

std::string section_html(const Analysis& analysis) {
    std::string html = fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", name(analysis.mode()),
                                   escaped(title(analysis.mode())));
    html += fmt::format("<p class=\"verdict\">{}</p>\n", escaped(analysis.bottleneck.sentence));
    html += "<div class=\"plots\">\n";
    for (const Plot& plot : plots_of(analysis)) html += figure_html(plot);
    html += "</div>\n";
    html += table_html("Times and speedup", size_table(analysis));
    html += table_html("POP efficiencies", pop_table(analysis));
    html += "<p>Useful time is CPU time in clean and resolve. Load balance is its mean over its maximum, "
            "communication "
            "efficiency its maximum over the time, parallel efficiency their product; computation scaling "
            "compares "
            "its sum, for the same work, with the base; global efficiency is the product of the last two. "
            "Serialisation and transfer efficiency are not measured.</p>\n";
    html += "<h3>Fitted laws</h3>\n" + list_html(fit_sentences(analysis));
    html += "<p>Least squares over all runs, relative to their rates; ranges of 95 % from the Jacobian and "
            "Student's t.</p>\n";
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
    html += "<ul class=\"measured-on\">\n";
    for (const std::string& line : provenance(rows)) html += fmt::format("<li>{}</li>\n", escaped(line));
    html += "</ul>\n";
    for (const Analysis& analysis : analyses) html += section_html(analysis);
    return html + "</main>\n</body>\n</html>\n";
}

} // namespace ordermill::study
