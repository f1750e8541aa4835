#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ordermill::fuzz {

/// Changes texts as people and accidents do: bytes, words, whole lines, pieces of other texts. The same seed
/// gives the same texts on every machine.
class Mutator {
  public:
    Mutator(const std::vector<std::string>& texts, std::uint64_t seed) : texts_(texts), random_(seed) {
        for (const std::string& text : texts) split(text);
    }

    std::string next() {
        std::string text = texts_[below(texts_.size())];
        for (std::size_t i = 0, count = 1 + below(2) * below(4); i < count; ++i) change(text);
        return text;
    }

  private:
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

    void split(const std::string& text) {
        std::string word;
        std::string line;
        for (const char c : text) {
            line += c;
            if (c == ' ' || c == '\n' || c == ',') {
                if (!word.empty()) words_.push_back(word);
                word.clear();
            } else {
                word += c;
            }
            if (c == '\n') lines_.push_back(std::exchange(line, {}));
        }
        if (!word.empty()) words_.push_back(word);
        if (!line.empty()) lines_.push_back(line);
    }

    void change(std::string& text) {
        using namespace std::string_view_literals;
        static constexpr std::string_view odd = "\"'|#=[]:@,()\\\n\r\t\0\xFF\xC3-+*/%9{};.0a \xE2\x82"sv;
        const std::size_t at = below(text.size());
        switch (below(9)) {
        case 0: text.insert(at, 1, odd[below(odd.size())]); break;
        case 1: text.erase(at, 1 + below(3)); break;
        case 2: text.erase(at, below(80)); break;
        case 3: text.insert(at, words_[below(words_.size())]); break;
        case 4: text.insert(line_at(text, at), lines_[below(lines_.size())]); break;
        case 5: replace_word(text, at); break;
        case 6: text.insert(at, text.substr(below(text.size()), below(60))); break;
        case 7: text.erase(line_at(text, at), text.find('\n', at) - line_at(text, at) + 1); break;
        case 8:
            if (!text.empty()) text[at] = static_cast<char>(random_());
            break;
        }
    }

    static std::size_t line_at(const std::string& text, std::size_t at) {
        const std::size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
        return before == std::string::npos ? 0 : before + 1;
    }

    void replace_word(std::string& text, std::size_t at) {
        const std::size_t begin = std::min(text.find_first_of(" ,", at), text.size());
        const std::size_t end = std::min(text.find_first_of(" ,\n", begin + 1), text.size());
        const std::string mark = begin < text.size() ? text.substr(begin, 1) : " ";
        text.replace(begin, end - begin, mark + words_[below(words_.size())]);
    }

    const std::vector<std::string>& texts_;
    std::vector<std::string> words_;
    std::vector<std::string> lines_;
    std::mt19937_64 random_;
};

} // namespace ordermill::fuzz
