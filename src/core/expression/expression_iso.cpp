#include "core/date/date.hpp"
#include "core/expression/expression_types.hpp"

namespace ordermill::core::expression {
namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;

/// Reads from the front of a text; once something isn't there, everything fails.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool at_end() const noexcept { return rest_.empty(); }
    bool failed() const noexcept { return failed_; }
    bool accept(char c) noexcept {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) noexcept { failed_ |= !accept(c); }
    /// Exactly `count` digits, and a number within [least, most].
    int digits(int count, int least, int most) noexcept {
        int number = 0;
        for (int i = 0; i < count; ++i) {
            if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') {
                failed_ = true;
                return least;
            }
            number = number * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        failed_ |= number < least || number > most;
        return number;
    }
    /// One to six digits of a fraction, in millionths.
    int millionths() noexcept {
        int number = digits(1, 0, 9);
        for (int place = 1; place < 6; ++place) {
            const bool digit = !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
            number = number * 10 + (digit ? digits(1, 0, 9) : 0);
        }
        return number;
    }

  private:
    std::string_view rest_;
    bool failed_ = false;
};

std::int64_t time_of_day(Reader& reader) noexcept {
    std::int64_t seconds = reader.digits(2, 0, 23) * 3600;
    reader.expect(':');
    seconds += reader.digits(2, 0, 59) * 60;
    if (reader.accept(':')) seconds += reader.digits(2, 0, 59);
    const int fraction = reader.accept('.') ? reader.millionths() : 0;
    return seconds * microseconds_per_second + fraction;
}

/// What is to be taken off to reach UTC; nothing when no zone is written.
std::optional<std::int64_t> zone(Reader& reader) noexcept {
    if (reader.accept('Z')) return 0;
    const bool west = reader.accept('-');
    if (!west && !reader.accept('+')) return std::nullopt;
    std::int64_t seconds = reader.digits(2, 0, 23) * 3600;
    reader.accept(':');
    seconds += reader.digits(2, 0, 59) * 60;
    return (west ? -seconds : seconds) * microseconds_per_second;
}

} // namespace

std::optional<IsoMoment> read_iso(std::string_view text) noexcept {
    Reader reader(text);
    CivilDate civil{};
    civil.year = reader.digits(4, 0, 9999);
    reader.expect('-');
    civil.month = reader.digits(2, 1, 12);
    reader.expect('-');
    civil.day = reader.digits(2, 1, 31);
    if (reader.failed()) return std::nullopt;
    IsoMoment moment{.value = days_from_civil(civil)};
    const CivilDate back = civil_from_days(moment.value);
    if (back.month != civil.month) return std::nullopt; // 30 February
    if (reader.at_end()) return moment;

    if (!reader.accept('T')) reader.expect(' ');
    moment.kind = Kind::timestamp;
    moment.value = moment.value * 86'400 * microseconds_per_second + time_of_day(reader);
    if (const auto offset = zone(reader)) {
        moment.zoned = true;
        moment.value -= *offset;
    }
    if (reader.failed() || !reader.at_end()) return std::nullopt;
    return moment;
}

} // namespace ordermill::core::expression
