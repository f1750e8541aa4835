#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// A small writer of SVG. Shapes have classes, `plot_style` has their looks, light and dark.
namespace ordermill::study {

/// `&`, `<`, `>` and quotes as entities: for text and attributes of SVG and HTML.
std::string escaped(std::string_view text);

struct Place {
    double x = 0;
    double y = 0;
};

enum class Anchor { start, middle, end };

class Svg {
  public:
    /// `description` is read out in place of the picture.
    Svg(double width, double height, std::string_view description);

    /// `tip`: shown under the pointer; empty: none. The same everywhere.
    void rectangle(Place corner, double width, double height, std::string_view css,
                   std::string_view tip = {});
    void line(Place from, Place to, std::string_view css);
    void path(std::span<const Place> places, std::string_view css);
    /// A closed shape.
    void area(std::span<const Place> places, std::string_view css);
    void circle(Place centre, double radius, std::string_view css, std::string_view tip = {});
    void text(Place at, std::string_view words, Anchor anchor = Anchor::start,
              std::string_view css = "label");

    /// The element as it stands within a page that has `plot_style`.
    std::string element() const { return body_ + "</svg>\n"; }
    /// The same as a file of its own, with `plot_style` inside.
    std::string file() const;

  private:
    void shape(std::string_view element, std::span<const Place> places, std::string_view css);
    void end_shape(std::string_view name, std::string_view tip);

    std::string body_;
    std::size_t head_size_ = 0;
};

/// CSS of the plots and the page's colours.
std::string_view plot_style();

/// A straight or logarithmic axis: values to places.
struct Scale {
    double low = 0;
    double high = 1;
    double from = 0; ///< where `low` stands
    double to = 1;   ///< where `high` stands
    bool logarithmic = false;

    double at(double value) const noexcept;
};

/// Round numbers (1, 2 or 5 times a power of ten) from low to high, about `count` of them.
std::vector<double> round_ticks(double low, double high, int count);
/// Powers of two from low to high, at most about `count` of them.
std::vector<double> binary_ticks(double low, double high, int count);

} // namespace ordermill::study
