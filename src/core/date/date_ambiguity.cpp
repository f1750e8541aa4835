#include "core/date/date_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace ordermill::core {

using namespace date_text;

namespace {

/// SplitMix64 (Steele, Lea, Flood 2014), seeded alike for every job: a job's errors are always the same.
class Random {
  public:
    /// 0 .. bound - 1
    int below(int bound) noexcept {
        state_ += 0x9E3779B97F4A7C15;
        std::uint64_t bits = state_;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return static_cast<int>((bits ^ (bits >> 31)) % static_cast<std::uint64_t>(bound));
    }
    int between(int least, int most) noexcept { return least + below(most - least + 1); }
    /// Two digits that other directives may well read too: half of them can be a month.
    int pair() noexcept {
        return below(2) == 0 ? between(1, 12) : below(2) == 0 ? between(13, 31) : below(100);
    }

  private:
    std::uint64_t state_ = 0;
};

/// What a text looks like: each digit 0, letters run together to one A, white space to one space, a minus for
/// either sign. Two formats can read the same text only if they have a shape in common.
void add_class(std::string& classes, char byte) {
    const bool letter = lower(byte) >= 'a' && lower(byte) <= 'z';
    const char seen = is_digit(byte) ? '0' : letter ? 'A' : is_space(byte) ? ' ' : byte == '+' ? '-' : byte;
    const bool joins = seen == 'A' || seen == ' ';
    if (!joins || classes.empty() || classes.back() != seen) classes += seen;
}

constexpr std::array<std::string_view, 4> zone_shapes{"Z", "+00", "+0000", "+00:00"};

} // namespace

/// A class string and the choice that leads to it, item by item: a number's digits, a zone's form.
struct DateFormats::Shape {
    std::string classes;
    std::vector<int> widths;
};

/// Looks for a text that two formats read as different values: writes one format's texts in every shape that
/// the other has too, and reads them with both. What it finds is a proof; that it finds what there is, rests
/// on some thousand samples of each pair, half of whose numbers fit several directives.
class DateFormats::AmbiguitySearch {
  public:
    AmbiguitySearch(const DateFormats& formats, std::span<const std::string> texts, Place place)
        : formats_(formats), texts_(texts), place_(place) {}

    void run() {
        if (texts_.size() < 2) return;
        for (const Format& format : formats_.formats_) {
            shapes_.emplace_back();
            add_shapes(format.items, {}, shapes_.back());
        }
        std::vector<Pair> pairs = pairs_alike();
        const std::size_t rounds = most_samples / std::max<std::size_t>(pairs.size(), 1);
        samples_ = static_cast<int>(std::clamp<std::size_t>(rounds, least_samples, samples));
        for (const Pair& pair : pairs) compare(pair);
    }

  private:
    static constexpr int samples = 3000;     // of a pair of formats
    static constexpr int least_samples = 40; // of a shape
    static constexpr std::size_t most_samples = 600'000;

    struct Pair {
        std::size_t one;
        std::size_t other;
        std::vector<const Shape*> common; // the first one's
    };

    /// Formats that have a shape in common, in the order of the first and then the second.
    std::vector<Pair> pairs_alike() const {
        std::unordered_map<std::string_view, std::vector<std::size_t>> formats_of;
        for (std::size_t format = 0; format < shapes_.size(); ++format) {
            for (const Shape& shape : shapes_[format]) {
                auto& formats = formats_of[shape.classes];
                if (formats.empty() || formats.back() != format) formats.push_back(format);
            }
        }
        std::vector<Pair> pairs;
        for (std::size_t one = 0; one < shapes_.size(); ++one) {
            std::map<std::size_t, Pair> of_one;
            for (const Shape& shape : shapes_[one]) {
                for (const std::size_t other : formats_of[shape.classes]) {
                    if (formats_.formats_[one].items == formats_.formats_[other].items) continue;
                    Pair& pair = of_one.try_emplace(other, Pair{one, other, {}}).first->second;
                    pair.common.push_back(&shape);
                }
            }
            for (auto& [other, pair] : of_one) pairs.push_back(std::move(pair));
        }
        return pairs;
    }

    static std::pair<int, int> widths(const Item& item) {
        switch (item.directive) {
        case 'Y': return {4, 4};
        case 'y': return {2, 2};
        case 'j': return {item.exact ? 3 : 1, 3};
        case 'f': return {item.exact ? 6 : 1, 6};
        case 'z': return {0, static_cast<int>(zone_shapes.size()) - 1};
        default: return {takes_digits(item.directive) && !item.exact ? 1 : 2, 2};
        }
    }

    /// All shapes of the items that follow `begun`.
    static void add_shapes(std::span<const Item> items, const Shape& begun, std::vector<Shape>& shapes) {
        if (begun.widths.size() == items.size()) {
            shapes.push_back(begun);
            return;
        }
        const Item& item = items[begun.widths.size()];
        const auto [least, most] = widths(item);
        for (int width = least; width <= most; ++width) {
            Shape longer = begun;
            longer.widths.push_back(width);
            const std::string_view zone =
                zone_shapes[static_cast<std::size_t>(item.directive == 'z' ? width : 0)];
            const std::string example =
                item.directive == 0 || item.directive == ' ' ? std::string(1, item.literal)
                : item.directive == 'z'                      ? std::string(zone)
                : takes_digits(item.directive) ? std::string(static_cast<std::size_t>(width), '0')
                                               : "A";
            for (const char byte : example) add_class(longer.classes, byte);
            add_shapes(items, longer, shapes);
        }
    }

    void compare(const Pair& pair) const {
        Random random;
        const int rounds = std::max(least_samples, samples_ / static_cast<int>(pair.common.size()));
        for (int round = 0; round < rounds; ++round) {
            for (const Shape* shape : pair.common)
                try_text(pair.one, pair.other, sample(pair.one, *shape, round == 0, random));
        }
    }

    /// A text of the format in this shape; `plain`: of 3 February 2011, 4:05:06. It may name no real day.
    std::string sample(std::size_t format, const Shape& shape, bool plain, Random& random) const {
        const std::vector<Item>& items = formats_.formats_[format].items;
        Parts parts;
        const auto width = [&](char directive) {
            for (std::size_t i = 0; i < items.size(); ++i) {
                if (items[i].directive == directive) return shape.widths[i];
            }
            return 0;
        };
        const auto pick = [&](char directive, int usual, int least, int most) {
            if (plain) return usual;
            if (width(directive) == 1) return random.between(least, std::min(most, 9));
            return std::clamp(random.pair(), least, most);
        };
        const int century = random.below(2) == 0 ? 20 : random.pair();
        parts.year = plain ? 2011 : century * 100 + random.pair();
        parts.month = pick('m', 2, 1, 12);
        parts.day = pick('d', 3, 1, 31);
        parts.hour = pick('H', 4, 0, 23);
        parts.hour_of_12 = pick('I', 4, 1, 12);
        parts.minute = pick('M', 5, 0, 59);
        parts.second = pick('S', 6, 0, 59);
        parts.afternoon = plain ? 0 : random.below(2);
        parts.microsecond = plain ? 0 : (random.pair() * 100 + random.pair()) * 100 + random.pair();
        parts.zone_minutes = plain ? 0 : random.between(0, 14) * 60 + random.below(60);
        constexpr std::array longest_day_of_year{0, 9, 99, 366};
        const bool by_day_of_year = width('j') > 0;
        parts.day_of_year =
            plain ? std::min(34, longest_day_of_year[static_cast<std::size_t>(width('j'))])
                  : random.between(1, std::max(1, longest_day_of_year[static_cast<std::size_t>(width('j'))]));
        // A two-digit year reads with the pivot; the weekday must follow it.
        const int year = width('y') > 0 ? formats_.whole_year(parts.year % 100) : parts.year;
        const std::int64_t day = by_day_of_year ? days_from_civil({year, 1, 1}) + parts.day_of_year - 1
                                                : days_from_civil({year, parts.month, parts.day});
        parts.weekday = weekday_of(day);
        std::string text;
        for (std::size_t i = 0; i < items.size(); ++i)
            print(items[i], shape.widths[i], parts, !plain && random.below(2) == 0, text);
        return text;
    }

    static void print(const Item& item, int width, const Parts& parts, bool long_name, std::string& text) {
        const auto number = [&](int value) { text += fmt::format("{:0{}}", value, width); };
        const auto name = [&](std::string_view full) { text += full.substr(0, long_name ? full.size() : 3); };
        switch (item.directive) {
        case 'Y': return number(parts.year);
        case 'y': return number(parts.year % 100);
        case 'm': return number(parts.month);
        case 'd': return number(parts.day);
        case 'j': return number(parts.day_of_year);
        case 'H': return number(parts.hour);
        case 'I': return number(parts.hour_of_12);
        case 'M': return number(parts.minute);
        case 'S': return number(parts.second);
        case 'f':
            text += fmt::format("{:06}", parts.microsecond).substr(0, static_cast<std::size_t>(width));
            return;
        case 'p': text += parts.afternoon == 1 ? "PM" : "AM"; return;
        case 'b': return name(months[static_cast<std::size_t>(parts.month - 1)]);
        case 'a': return name(weekdays[static_cast<std::size_t>(parts.weekday)]);
        case 'z': {
            const std::string whole =
                fmt::format("{:02}:{:02}", parts.zone_minutes / 60, parts.zone_minutes % 60);
            text += width == 0   ? "Z"
                    : width == 1 ? "+" + whole.substr(0, 2)
                    : width == 2 ? "+" + whole.substr(0, 2) + whole.substr(3)
                                 : "+" + whole;
            return;
        }
        default: text += item.literal; return;
        }
    }

    void try_text(std::size_t one, std::size_t other, const std::string& text) const {
        std::int64_t first = 0;
        std::int64_t second = 0;
        if (!formats_.read(formats_.formats_[one], text, first) ||
            !formats_.read(formats_.formats_[other], text, second) || first == second)
            return;
        throw JobError(place_,
                       fmt::format("date formats \"{}\" and \"{}\" both read \"{}\": as {} and as {}; give "
                                   "each file its own format",
                                   texts_[one], texts_[other], text, shown(first), shown(second)));
    }

    std::string shown(std::int64_t value) const {
        char out[date_capacity];
        char* const end = formats_.kind_ == Kind::date ? write_date(out, value)
                                                       : write_timestamp(out, value, formats_.zoned_);
        return {out, end};
    }

    const DateFormats& formats_;
    std::span<const std::string> texts_;
    Place place_;
    std::vector<std::vector<Shape>> shapes_; // of each format
    int samples_ = samples;
};

void DateFormats::check_unambiguous(std::span<const std::string> texts, Place place) const {
    AmbiguitySearch(*this, texts, place).run();
}

} // namespace ordermill::core
