// Random job files: whatever stands in one, it is compiled or refused with a sentence.
#include "app/job_file.hpp"
#include "app/job_print.hpp"
#include "core/lookup.hpp"
#include "core/recipe.hpp"
#include "support/catch.hpp"
#include "unit/job_samples.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace ordermill;

namespace {

constexpr int mutations = 40'000;

std::vector<std::string> seeds() {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(ORDERMILL_JOBS)) {
        if (entry.path().extension() == ".cfg") paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end()); // the folder's order is anybody's
    std::vector<std::string> texts{std::string(tests::electronics), std::string(tests::cafe),
                                   std::string(tests::everything)};
    for (const std::string& path : paths) {
        std::ifstream file(path, std::ios::binary);
        texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return texts;
}

/// Changes a text as people and accidents do: bytes, words, whole lines, pieces of other jobs.
class Mutator {
  public:
    explicit Mutator(const std::vector<std::string>& texts) : texts_(texts), random_(20260726) {
        for (const std::string& text : texts) split(text);
    }

    std::string next() {
        std::string text = texts_[below(texts_.size())];
        for (std::size_t i = 0, count = 1 + below(4); i < count; ++i) change(text);
        return text;
    }

  private:
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

    void split(const std::string& text) {
        std::string word;
        std::string line;
        for (const char c : text) {
            line += c;
            if (c == ' ' || c == '\n') {
                if (!word.empty()) words_.push_back(word);
                word.clear();
            } else {
                word += c;
            }
            if (c == '\n') lines_.push_back(std::exchange(line, {}));
        }
    }

    void change(std::string& text) {
        static constexpr std::string_view odd = "\"'|#=[]:@,()\\\n\r\t\0\xFF-+*/%9{}";
        const std::size_t at = below(text.size());
        switch (below(8)) {
        case 0: text.insert(at, 1, odd[below(odd.size())]); break;
        case 1: text.erase(at, 1 + below(3)); break;
        case 2: text.erase(at, below(80)); break;
        case 3: text.insert(at, words_[below(words_.size())]); break;
        case 4: text.insert(line_at(text, at), lines_[below(lines_.size())]); break;
        case 5: replace_word(text, at); break;
        case 6: text.insert(at, text.substr(below(text.size()), below(60))); break;
        case 7: text.erase(line_at(text, at), text.find('\n', at) - line_at(text, at) + 1); break;
        }
        if (text.empty()) text = "[fields]\n";
    }

    static std::size_t line_at(const std::string& text, std::size_t at) {
        const std::size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
        return before == std::string::npos ? 0 : before + 1;
    }

    void replace_word(std::string& text, std::size_t at) {
        const std::size_t begin = std::min(text.find(' ', at), text.size());
        const std::size_t end = std::min(text.find_first_of(" \n", begin + 1), text.size());
        text.replace(begin, end - begin, " " + words_[below(words_.size())]);
    }

    const std::vector<std::string>& texts_;
    std::vector<std::string> words_;
    std::vector<std::string> lines_;
    std::mt19937_64 random_;
};

struct Outcomes {
    int unread = 0;
    int refused = 0;
    int compiled = 0;
};

/// Look-ups without rows, their columns as the job says.
std::vector<std::shared_ptr<const core::LookupTable>> empty_lookups(const core::JobSpec& spec) {
    std::vector<std::shared_ptr<const core::LookupTable>> tables;
    for (const core::LookupSpec& lookup : spec.lookups) {
        std::vector<core::ValueType> keys;
        std::vector<core::LookupTable::Column> columns;
        for (const core::FieldSpec& key : lookup.keys) keys.push_back(core::Field::compile(key).type());
        for (const core::FieldSpec& column : lookup.columns)
            columns.push_back({column.name, core::Field::compile(column).type()});
        tables.push_back(std::make_shared<core::LookupTable>(lookup.name, keys, columns));
    }
    return tables;
}

void run_one(const std::string& text, Outcomes& outcomes) {
    core::JobSpec spec;
    try {
        spec = app::read_job(text, "fuzz.cfg", {});
    } catch (const app::JobFileError&) {
        ++outcomes.unread;
        return;
    }
    CHECK(app::read_job(app::print_job(spec), "fuzz.cfg", {}) == spec);
    try {
        const auto lookups = empty_lookups(spec);
        core::Recipe::compile(spec, spec.input, lookups, {});
        for (const core::InputSpec& input : spec.inputs) core::Recipe::compile(spec, input, lookups, {});
        ++outcomes.compiled;
    } catch (const core::JobError& error) {
        CHECK(std::string(error.what()) != "");
        ++outcomes.refused;
    }
}

} // namespace

TEST_CASE("random job files are compiled or refused", "[job][fuzz]") {
    const std::vector<std::string> texts = seeds();
    REQUIRE(texts.size() > 8);
    Mutator mutator(texts);
    Outcomes outcomes;
    for (int i = 0; i < mutations; ++i) {
        const std::string text = mutator.next();
        INFO("mutation " << i << ":\n" << text);
        REQUIRE_NOTHROW(run_one(text, outcomes));
    }
    // All three ends are reached, or the mutations are too wild or too tame.
    CHECK(outcomes.unread > mutations / 10);
    CHECK(outcomes.refused > mutations / 100);
    CHECK(outcomes.compiled > mutations / 20);
}
