#include "study/page/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ordermill::study {
namespace {

/// Hundredths of a pixel are enough for everybody.
std::string number(double value) {
    std::string text = fmt::format("{:.2f}", value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text == "-0" ? "0" : text;
}

} // namespace

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
        }
    }
    return out;
}

Svg::Svg(double width, double height, std::string_view description) {
    body_ =
        fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" width=\"{0}\" height=\"{1}\" "
                    "viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\">\n",
                    number(width), number(height), escaped(description));
    head_size_ = body_.size();
    rectangle({0, 0}, width, height, "paper");
}

void Svg::end_shape(std::string_view name, std::string_view tip) {
    if (tip.empty())
        body_ += "/>\n";
    else
        body_ += fmt::format("><title>{}</title></{}>\n", escaped(tip), name);
}

void Svg::rectangle(Place corner, double width, double height, std::string_view css, std::string_view tip) {
    body_ += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", css,
                         number(corner.x), number(corner.y), number(width), number(height));
    end_shape("rect", tip);
}

void Svg::line(Place from, Place to, std::string_view css) {
    body_ += fmt::format("<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n", css,
                         number(from.x), number(from.y), number(to.x), number(to.y));
}

void Svg::path(std::span<const Place> places, std::string_view css) { shape("polyline", places, css); }
void Svg::area(std::span<const Place> places, std::string_view css) { shape("polygon", places, css); }

void Svg::shape(std::string_view element, std::span<const Place> places, std::string_view css) {
    body_ += fmt::format("<{} class=\"{}\" points=\"", element, css);
    for (std::size_t i = 0; i < places.size(); ++i)
        body_ += fmt::format("{}{},{}", i == 0 ? "" : " ", number(places[i].x), number(places[i].y));
    body_ += "\"/>\n";
}

void Svg::circle(Place centre, double radius, std::string_view css, std::string_view tip) {
    body_ += fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"", css, number(centre.x),
                         number(centre.y), number(radius));
    end_shape("circle", tip);
}

void Svg::text(Place at, std::string_view words, Anchor anchor, std::string_view css) {
    constexpr std::string_view anchors[] = {"start", "middle", "end"};
    body_ +=
        fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", css, number(at.x),
                    number(at.y), anchors[static_cast<std::size_t>(anchor)], escaped(words));
}

std::string Svg::file() const {
    std::string file = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + body_;
    const std::size_t at = file.size() - body_.size() + head_size_;
    file.insert(at, fmt::format("<style>\n{}</style>\n", plot_style()));
    return file + "</svg>\n";
}

std::string_view plot_style() {
    // The phases' colours are Okabe and Ito's, which people tell apart with any colour vision.
    return R"(:root {
  --paper: #ffffff; --ink: #1d2733; --muted: #566270; --grid: #e4e8ed; --axis: #97a2af; --mark: #0b62b0;
  --fit: #b4470b; --law: #7440a6; --ceiling: #16794a; --ideal: #7b8794; --read: #56b4e9; --clean: #0072b2; --resolve: #009e73; --exchange: #cc79a7;
  --write: #e69f00; --deal: #d55e00; --wait: #d3d9e0; --other: #9aa5b1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #161b22; --ink: #e6edf3; --muted: #9aa7b4; --grid: #29313b; --axis: #5c6976; --mark: #58a6ff;
    --fit: #f0883e; --law: #bc8cff; --ceiling: #3fb96f; --ideal: #8b98a5; --read: #8fd3f9; --clean: #2380c3; --wait: #39434f; --other: #66727f;
  }
}
.plot { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; max-width: 100%; height: auto; }
.plot text { fill: var(--muted); }
.plot .strong { fill: var(--ink); font-weight: 600; }
.paper { fill: var(--paper); }
.grid { stroke: var(--grid); }
.axis { stroke: var(--axis); }
.ideal { fill: none; stroke: var(--ideal); stroke-width: 1.5; stroke-dasharray: 5 4; }
.fit { fill: none; stroke: var(--fit); stroke-width: 1.5; }
.law { fill: none; stroke: var(--law); stroke-width: 1.5; }
.fit-range { fill: var(--fit); opacity: 0.13; }
.law-range { fill: var(--law); opacity: 0.13; }
.ceiling { fill: none; stroke: var(--ceiling); stroke-width: 2; stroke-dasharray: 2 3; }
.ceiling-point { fill: var(--ceiling); }
.series { fill: none; stroke: var(--mark); stroke-width: 1; stroke-dasharray: 1 3; }
.spread { stroke: var(--mark); stroke-width: 1.5; }
.point { fill: var(--mark); stroke: var(--paper); stroke-width: 1; }
.hollow { fill: var(--paper); stroke: var(--mark); stroke-width: 1.5; }
.deal { fill: var(--deal); } .read { fill: var(--read); } .clean { fill: var(--clean); }
.resolve { fill: var(--resolve); } .exchange { fill: var(--exchange); } .write { fill: var(--write); }
.wait { fill: var(--wait); } .other { fill: var(--other); }
)";
}

double Scale::at(double value) const noexcept {
    const double part =
        logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
    return from + part * (to - from);
}

std::vector<double> round_ticks(double low, double high, int count) {
    const double rough = (high - low) / std::max(count, 1);
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    double step = 10 * power;
    for (const double factor : {5.0, 2.0, 1.0})
        if (factor * power >= rough * 0.7) step = factor * power;
    std::vector<double> ticks;
    const auto first = static_cast<long>(std::ceil(low / step - 1e-9));
    const auto last = static_cast<long>(std::floor(high / step + 1e-9));
    for (long i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
    return ticks;
}

std::vector<double> binary_ticks(double low, double high, int count) {
    const int first = static_cast<int>(std::ceil(std::log2(low) - 1e-9));
    const int last = static_cast<int>(std::floor(std::log2(high) + 1e-9));
    const int step =
        std::max(1, (last - first) / std::max(count, 1) + ((last - first) % std::max(count, 1) ? 1 : 0));
    std::vector<double> ticks;
    for (int i = first; i <= last; i += step) ticks.push_back(std::ldexp(1.0, i));
    return ticks;
}

} // namespace ordermill::study
