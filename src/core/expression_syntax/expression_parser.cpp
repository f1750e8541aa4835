#include "core/expression_syntax/expression_syntax.hpp"

#include "core/base/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace ordermill::core::expression {
namespace {

constexpr std::array<std::string_view, 8> keywords = {"and", "or",      "not",  "implies",
                                                      "in",  "matches", "true", "false"};

constexpr std::array<std::pair<std::string_view, Relation>, 6> relations = {{{"=", Relation::equal},
                                                                             {"!=", Relation::not_equal},
                                                                             {"<", Relation::less},
                                                                             {"<=", Relation::at_most},
                                                                             {">", Relation::greater},
                                                                             {">=", Relation::at_least}}};

bool is_keyword(const Token& token) noexcept {
    return token.kind == TokenKind::name &&
           std::find(keywords.begin(), keywords.end(), token.text) != keywords.end();
}

std::optional<Relation> relation_of(const Token& token) noexcept {
    for (const auto& [symbol, relation] : relations)
        if (token.is(symbol)) return relation;
    return std::nullopt;
}

class Parser {
  public:
    Parser(std::string_view source, Place start) : lexer_(source, start) { advance(); }

    Node whole() {
        Node node = implication();
        if (token_.kind != TokenKind::end) unexpected_behind_value();
        return node;
    }

  private:
    /// Counts the levels of the parser's own recursion.
    struct Nested {
        explicit Nested(Parser& parser) : parser_(parser) {
            if (++parser_.nested_ > most_nested) parser_.too_deep();
        }
        ~Nested() { --parser_.nested_; }
        Nested(const Nested&) = delete;
        Nested& operator=(const Nested&) = delete;
        Parser& parser_;
    };

    void advance() {
        last_end_ = end_of(token_);
        token_ = lexer_.next();
    }
    static std::size_t end_of(const Token& token) noexcept {
        return token.offset + token.text.size() + (token.kind == TokenKind::text ? 2 : 0);
    }
    bool accept(std::string_view word) {
        if (!token_.is(word)) return false;
        advance();
        return true;
    }
    void expect(std::string_view symbol, std::string_view why) {
        if (accept(symbol)) return;
        fail(token_, fmt::format("expected \"{}\" {}, found {}", symbol, why, shown(token_)));
    }
    static std::string shown(const Token& token) {
        switch (token.kind) {
        case TokenKind::end: return "the end of the expression";
        case TokenKind::text: return "a text";
        default: return fmt::format("\"{}\"", token.text);
        }
    }
    [[noreturn]] void fail(const Token& token, const std::string& sentence) const {
        throw JobError(lexer_.place(token.offset), sentence);
    }
    [[noreturn]] void too_deep() const { fail(token_, "the expression is nested too deeply"); }
    [[noreturn]] void unexpected_behind_value() const;

    /// A node of an operator and its operands.
    Node combine(NodeKind kind, const Token& sign, std::vector<Node> children) const {
        Node node;
        node.kind = kind;
        node.offset = sign.offset;
        node.begin = children.empty() ? sign.offset : std::min(sign.offset, children.front().begin);
        node.end = last_end_;
        for (const Node& child : children) node.depth = std::max(node.depth, child.depth + 1);
        if (node.depth > most_levels)
            throw JobError(lexer_.place(sign.offset), "the expression is nested too deeply");
        node.children = std::move(children);
        return node;
    }
    Node binary(NodeKind kind, const Token& sign, Node left, Node right) const {
        std::vector<Node> children;
        children.push_back(std::move(left));
        children.push_back(std::move(right));
        return combine(kind, sign, std::move(children));
    }
    Node unary(NodeKind kind, const Token& sign, Node operand) const {
        std::vector<Node> children;
        children.push_back(std::move(operand));
        return combine(kind, sign, std::move(children));
    }

    Node implication();
    Node disjunction();
    Node conjunction();
    Node negation();
    Node comparison();
    Node membership();
    Node sum();
    Node product();
    Node factor();
    Node primary();
    Node named();
    Node literal(NodeKind kind);
    Node parenthesis();
    /// Up to and with the closing parenthesis; the opening one is read.
    std::vector<Node> arguments(std::string_view of_what);

    Lexer lexer_;
    Token token_;
    std::size_t last_end_ = 0;
    std::uint32_t nested_ = 0;
};

Node Parser::implication() {
    const Nested nested(*this);
    Node left = disjunction();
    const Token sign = token_;
    if (!accept("implies")) return left;
    return binary(NodeKind::implies, sign, std::move(left), implication());
}

Node Parser::disjunction() {
    Node left = conjunction();
    for (Token sign = token_; accept("or"); sign = token_)
        left = binary(NodeKind::logical_or, sign, std::move(left), conjunction());
    return left;
}

Node Parser::conjunction() {
    Node left = negation();
    for (Token sign = token_; accept("and"); sign = token_)
        left = binary(NodeKind::logical_and, sign, std::move(left), negation());
    return left;
}

Node Parser::negation() {
    const Token sign = token_;
    if (!accept("not")) return comparison();
    const Nested nested(*this);
    return unary(NodeKind::logical_not, sign, negation());
}

Node Parser::comparison() {
    Node left = membership();
    const Token sign = token_;
    const auto relation = relation_of(sign);
    if (relation || sign.is("matches")) {
        advance();
        left = binary(relation ? NodeKind::compare : NodeKind::matches, sign, std::move(left), membership());
        left.relation = relation.value_or(Relation::equal);
        if (relation_of(token_) || token_.is("matches"))
            fail(token_, "comparisons can't be chained; join two with \"and\"");
    }
    return left;
}

Node Parser::membership() {
    Node left = sum();
    const Token sign = token_;
    if (!accept("in")) return left;
    expect("(", "after \"in\"");
    std::vector<Node> children = arguments("in");
    if (children.empty()) fail(sign, "the list of \"in\" is empty");
    children.insert(children.begin(), std::move(left));
    return combine(NodeKind::in, sign, std::move(children));
}

Node Parser::sum() {
    Node left = product();
    while (token_.is("+") || token_.is("-")) {
        const Token sign = token_;
        advance();
        left =
            binary(sign.text == "+" ? NodeKind::add : NodeKind::subtract, sign, std::move(left), product());
    }
    return left;
}

Node Parser::product() {
    Node left = factor();
    while (token_.is("*") || token_.is("/")) {
        const Token sign = token_;
        advance();
        left =
            binary(sign.text == "*" ? NodeKind::multiply : NodeKind::divide, sign, std::move(left), factor());
    }
    return left;
}

Node Parser::factor() {
    const Token sign = token_;
    if (!accept("-")) return primary();
    const Nested nested(*this);
    return unary(NodeKind::negate, sign, factor());
}

Node Parser::primary() {
    switch (token_.kind) {
    case TokenKind::number: return literal(NodeKind::number);
    case TokenKind::text: return literal(NodeKind::text);
    case TokenKind::name:
        if (token_.is("true") || token_.is("false")) return literal(NodeKind::boolean);
        if (is_keyword(token_)) break;
        return named();
    case TokenKind::symbol:
        if (token_.is("(")) return parenthesis();
        break;
    case TokenKind::end: break;
    }
    const bool fraction = token_.is(".");
    fail(token_, fmt::format("expected a value, found {}{}", shown(token_),
                             fraction ? "; a number begins with a digit" : ""));
}

Node Parser::literal(NodeKind kind) {
    const Token token = token_;
    advance();
    Node node = combine(kind, token, {});
    node.text = kind == NodeKind::text ? unquote(token.text, token.text.data()[-1]) : std::string(token.text);
    return node;
}

Node Parser::parenthesis() {
    const Token opening = token_;
    advance();
    Node inner = implication();
    expect(")", "to close the parenthesis");
    inner.begin = opening.offset;
    inner.end = last_end_;
    return inner;
}

Node Parser::named() {
    const Token name = token_;
    advance();
    if (accept("(")) {
        Node node = combine(NodeKind::call, name, arguments(name.text));
        node.begin = name.offset;
        node.text = name.text;
        return node;
    }
    if (accept(".")) {
        const Token column = token_;
        if (column.kind != TokenKind::name)
            fail(column,
                 fmt::format("expected a column of the look-up {}, found {}", name.text, shown(column)));
        advance();
        expect("(", "and the look-up's key");
        Node node = combine(NodeKind::lookup, name, arguments(column.text));
        node.begin = name.offset;
        node.text = name.text;
        node.column = column.text;
        node.column_offset = column.offset;
        return node;
    }
    Node node = combine(NodeKind::variable, name, {});
    node.text = name.text;
    return node;
}

std::vector<Node> Parser::arguments(std::string_view of_what) {
    std::vector<Node> found;
    if (accept(")")) return found;
    do found.push_back(implication());
    while (accept(","));
    expect(")", fmt::format("or \",\" in {}(...)", of_what));
    return found;
}

void Parser::unexpected_behind_value() const {
    const std::vector<std::string> operators = {"and", "or", "implies", "in", "matches"};
    if (token_.kind == TokenKind::name && !is_keyword(token_))
        fail(token_, fmt::format("expected an operator, found \"{}\"{}", token_.text,
                                 suggestion(token_.text, operators)));
    if (token_.is("not")) fail(token_, "unexpected \"not\"; write: not x in (...)");
    fail(token_, fmt::format("unexpected {}", shown(token_)));
}

} // namespace

Node parse(std::string_view source, Place start) { return Parser(source, start).whole(); }

std::string suggestion(std::string_view word, std::span<const std::string> candidates) {
    std::string lower(word);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool only_case = std::find(candidates.begin(), candidates.end(), lower) != candidates.end();
    return did_you_mean(only_case ? lower : word, candidates);
}

} // namespace ordermill::core::expression
