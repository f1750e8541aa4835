#include "app/command/generate.hpp"

#include "core/memory/buffer.hpp"
#include "core/number/number.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"
#include "system/descriptor.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace ordermill::app {

namespace {

constexpr std::string_view header =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
constexpr std::size_t buffer_size = std::size_t{1} << 20;

/// SplitMix64 (Steele, Lea, Flood 2014): the standard's distributions differ from library to library.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() noexcept {
        state_ += 0x9E3779B97F4A7C15;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
    /// 0 to `bound` - 1; the bias of at most bound / 2^32 doesn't matter here.
    std::uint32_t below(std::uint32_t bound) noexcept {
        return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
    }
    bool chance(std::uint32_t in_ten_thousand) noexcept { return below(10'000) < in_ten_thousand; }
    template<std::size_t size>
    std::string_view choose(const std::array<std::string_view, size>& texts) noexcept {
        return texts[below(size)];
    }

  private:
    std::uint64_t state_;
};

constexpr std::array<std::string_view, 12> adjectives = {"WHITE",  "RED",   "BLUE",  "VINTAGE",
                                                         "RETRO",  "SMALL", "LARGE", "GLASS",
                                                         "WOODEN", "METAL", "PAPER", "HANGING"};
constexpr std::array<std::string_view, 15> nouns = {"HEART T-LIGHT HOLDER",
                                                    "LUNCH BAG",
                                                    "CAKE STAND",
                                                    "MUG COSY",
                                                    "DOORMAT",
                                                    "PICTURE FRAME",
                                                    "BUNTING",
                                                    "ALARM CLOCK",
                                                    "STORAGE JAR",
                                                    "CANDLE",
                                                    "LANTERN",
                                                    "TEA TOWEL",
                                                    "GIFT WRAP",
                                                    "JIGSAW",
                                                    "UMBRELLA"};
constexpr std::array<std::string_view, 4> stock_suffixes = {"", "", "A", "B"};
constexpr std::array<std::string_view, 5> bad_quantities = {"", "n/a", "1O", "two", "3.5"};
constexpr std::array<std::string_view, 4> bad_dates = {"13/45/2011 9:00", "", "2011-02-30 10:00",
                                                       "yesterday"};
constexpr std::array<std::string_view, 4> bad_prices = {"-11.20", "free", "", "\"1,2,3\""};

struct Country {
    std::string_view text;
    std::uint32_t up_to; ///< cumulative share in per cent
    bool alias;
};
constexpr std::array<Country, 10> countries = {{{"United Kingdom", 88, false},
                                                {"Germany", 90, false},
                                                {"France", 92, false},
                                                {"EIRE", 94, true},
                                                {"Spain", 95, false},
                                                {"Netherlands", 96, false},
                                                {"USA", 97, true},
                                                {"RSA", 98, true},
                                                {"united kingdom", 99, true},
                                                {"  France ", 100, true}}};

struct StockItem {
    std::string code;
    std::string description;
    std::string ragged; ///< the same with blanks around it and a doubled one inside
    bool comma;
    std::uint32_t cents;
};

std::vector<StockItem> make_stock(Random& random) {
    std::vector<StockItem> stock(4000);
    std::int64_t number = 20'000;
    for (StockItem& item : stock) {
        item.code = std::to_string(number++) + std::string(random.choose(stock_suffixes));
        const std::string first(random.choose(adjectives));
        const std::string second(random.choose(adjectives));
        const std::string noun(random.choose(nouns));
        item.comma = random.chance(800);
        item.cents = 29 + random.below(4967);
        const std::string rest = second + ' ' + noun;
        item.description = first + (item.comma ? ", " : " ") + rest;
        item.ragged = "  " + first + (item.comma ? ",  " : "  ") + rest + ' ';
    }
    return stock;
}

/// A stream of lines; the same for a seed, however many are taken.
class Lines {
  public:
    explicit Lines(std::uint64_t seed) : random_(seed), stock_(make_stock(random_)) {}

    /// Appends one order line, and sometimes its copy.
    void add(core::Buffer& out) {
        const std::size_t begin = out.size();
        add_line(out);
        const bool faulty = faulty_;
        summary_.orders += 1;
        summary_.records += 1;
        summary_.faulty_records += faulty;
        if (random_.chance(100)) {
            out.ensure(out.size() - begin);
            out.append(out.view().substr(begin));
            summary_.duplicates += 1;
            summary_.records += 1;
            summary_.faulty_records += faulty;
        }
    }
    const GenerateSummary& summary() const noexcept { return summary_; }

  private:
    void add_line(core::Buffer& out) {
        faulty_ = false;
        const StockItem& item = stock_[random_.below(static_cast<std::uint32_t>(stock_.size()))];
        if (random_.chance(500)) next_invoice();
        const std::uint32_t kind = random_.below(10'000);
        const bool cancelled = kind < 200;
        summary_.cancellations += cancelled;

        if (cancelled) out.push_back('C');
        add_number(out, invoice_);
        out.push_back(',');
        out.append(item.code);
        out.push_back(',');
        add_description(out, item);
        out.push_back(',');
        add_quantity(out, cancelled, kind >= 200 && kind < 230);
        out.push_back(',');
        add_date(out);
        out.push_back(',');
        add_price(out, item);
        out.push_back(',');
        add_customer(out);
        out.push_back(',');
        add_country(out);
        out.push_back('\n');
    }

    /// Six digits always: 999999 is followed by 100000.
    void next_invoice() noexcept { invoice_ = invoice_ == 999'999 ? 100'000 : invoice_ + 1; }

    void add_description(core::Buffer& out, const StockItem& item) {
        const bool ragged = random_.chance(500);
        const bool newline = random_.chance(1);
        const bool quoted = item.comma || newline;
        summary_.ragged_texts += ragged;
        summary_.embedded_newlines += newline;
        summary_.quoted_commas += item.comma;
        if (quoted) out.push_back('"');
        out.append(ragged ? item.ragged : item.description);
        if (newline) out.append("\n(second line)");
        if (quoted) out.push_back('"');
    }

    void add_quantity(core::Buffer& out, bool cancelled, bool bad) {
        const std::uint32_t quantity = 1 + random_.below(48);
        if (bad) return add_fault(out, bad_quantities, summary_.bad_quantities);
        if (cancelled) out.push_back('-');
        add_number(out, quantity);
    }

    /// US order, one digit where one will do: 1/2/2010 8:05. January 2010 to March 2012, the first 28 days of
    /// a month, from 8:00 to 19:59.
    void add_date(core::Buffer& out) {
        const std::uint32_t day_of_month = 1 + random_.below(28);
        const std::uint32_t month = random_.below(27);
        const std::uint32_t minute = random_.below(720);
        if (random_.chance(30)) return add_fault(out, bad_dates, summary_.bad_dates);
        add_number(out, 1 + month % 12);
        out.push_back('/');
        add_number(out, day_of_month);
        out.push_back('/');
        add_number(out, 2010 + month / 12);
        out.push_back(' ');
        add_number(out, 8 + minute / 60);
        out.push_back(':');
        if (minute % 60 < 10) out.push_back('0');
        add_number(out, minute % 60);
    }

    void add_price(core::Buffer& out, const StockItem& item) {
        if (random_.chance(20)) return add_fault(out, bad_prices, summary_.bad_prices);
        out.ensure(core::number_capacity);
        out.set_end(core::write_decimal(out.end(), item.cents, 2));
    }

    void add_customer(core::Buffer& out) {
        const std::uint32_t customer = 12'346 + random_.below(5942);
        if (random_.chance(2500)) {
            summary_.missing_customers += 1;
            return;
        }
        add_number(out, customer);
    }

    void add_country(core::Buffer& out) {
        const std::uint32_t share = random_.below(100);
        const Country* country = countries.data();
        while (share >= country->up_to) ++country;
        summary_.country_aliases += country->alias;
        out.append(country->text);
    }

    template<std::size_t size>
    void add_fault(core::Buffer& out, const std::array<std::string_view, size>& texts, std::uint64_t& count) {
        faulty_ = true;
        count += 1;
        out.append(random_.choose(texts));
    }

    static void add_number(core::Buffer& out, std::uint32_t number) {
        out.ensure(core::number_capacity);
        out.set_end(core::write_integer(out.end(), number));
    }

    Random random_;
    std::vector<StockItem> stock_;
    GenerateSummary summary_;
    std::uint32_t invoice_ = 536'365;
    bool faulty_ = false; ///< the last line has a bad quantity, date or price
};

/// Where the bytes go: a file that gets its name at the end; or straight to stdout, a pipe or a device.
class Target {
  public:
    explicit Target(const std::string& path) : path_(path == "-" ? "standard output" : path) {
        namespace fs = std::filesystem;
        std::error_code failed;
        const fs::file_status status = fs::status(path, failed);
        if (path == "-") {
            device_ = system::Descriptor(::dup(STDOUT_FILENO));
            if (!device_) throw io::Error("write to", path_, errno);
        } else if (fs::exists(status) && !fs::is_regular_file(status)) {
            device_ = system::Descriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
            if (!device_) throw io::Error("write", path, errno);
        } else {
            folder_ = fs::path(path).parent_path().string();
            name_ = fs::path(path).filename().string();
            io::discard(folder_, {name_});
            file_.emplace(folder_, name_);
        }
    }
    ~Target() {
        if (file_) io::discard(folder_, {name_});
    }
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;

    void write(std::string_view bytes) {
        if (file_)
            file_->write_at(written_, bytes);
        else
            io::write_all(device_.number(), bytes, path_);
        written_ += bytes.size();
    }
    void finish() {
        if (!file_) return;
        file_->close();
        io::put_in_place(folder_, name_);
        file_.reset();
    }
    std::uint64_t written() const noexcept { return written_; }

  private:
    std::string path_;
    std::string folder_;
    std::string name_;
    std::optional<io::OutputFile> file_;
    system::Descriptor device_; ///< if it isn't a file
    std::uint64_t written_ = 0;
};

} // namespace

GenerateSummary generate(const GenerateOptions& options) {
    Target target(options.output);
    Lines lines(options.seed);
    core::Buffer buffer;
    buffer.ensure(buffer_size + 4096);
    buffer.append(header);
    for (std::uint64_t made = 0; made < options.orders; ++made) {
        lines.add(buffer);
        if (buffer.size() < buffer_size) continue;
        target.write(buffer.view());
        buffer.clear();
    }
    target.write(buffer.view());
    target.finish();

    GenerateSummary summary = lines.summary();
    summary.bytes = target.written();
    return summary;
}

} // namespace ordermill::app
