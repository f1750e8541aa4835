#pragma once

#include "core/expression/expression.hpp"
#include "core/field/field.hpp"
#include "core/field/lookup.hpp"
#include "core/groups/orders.hpp"
#include "core/job/job_spec.hpp"
#include "core/recipe/tally.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ordermill::core {

/// A file's header, resolved: which of its columns feeds what.
struct HeaderMapping {
    std::vector<std::string> names;   ///< the header's, trimmed
    std::vector<std::string> written; ///< what a repeated header looks like, where that isn't `names`
    /// A line before the header that isn't part of it (`sep=;`), without its line end; repeated, it is a
    /// repeated header too.
    std::string line_before;
    std::vector<std::int32_t>
        column_of; ///< by the recipe's reference; -1: this file has no such (optional) column
    std::vector<std::uint32_t> rest; ///< columns carried through, in the output's order
    bool has_header = true;          ///< a record that repeats it is a repeated header
    std::uint32_t columns() const noexcept { return static_cast<std::uint32_t>(names.size()); }
};

/// A job compiled for one group of input files: fields in output order, expressions, rules. Immutable; every
/// rank compiles its own from the same text.
class Recipe {
  public:
    struct Column { ///< a column that something reads
        std::vector<std::string> alternatives;
        std::uint32_t position = 0;
        bool optional = false;
        Place place;
    };
    enum class Source : std::uint8_t { column, expression, part };
    struct Step { ///< how one field gets its value
        std::uint32_t field;
        Source source;
        std::uint32_t index; ///< of the column, the expression or the part
    };
    struct Rule {
        std::string name;
        std::string source;
        OnFault on_fault;
        Expression expression;
    };
    struct Repair {
        std::string name;
        std::uint32_t field;
        bool when_missing;
        Expression expression;
    };
    struct Drop {
        std::string name;
        Expression expression;
    };
    struct Split {
        std::string name;
        std::uint32_t column;
        std::shared_ptr<const re2::RE2> pattern;
        std::vector<std::uint32_t> parts; ///< by the pattern's group: the slot in the record's parts, or npos
        OnFault on_fault;
    };
    struct Criterion {
        KeepSpec::Criterion kind; ///< newest, largest, most_complete
        std::vector<std::uint32_t> fields;
    };
    struct Duplicates {
        std::string name;
        bool all = false;
        std::vector<std::uint32_t> key;  ///< fields
        std::vector<Criterion> criteria; ///< at most most_criteria
        bool last_wins = false;
        bool missing_equal = true;
    };
    static constexpr std::uint32_t npos = UINT32_MAX;

    /// `input`: the section that the files belong to (`spec.input` or one of `spec.inputs`). `rest`: names of
    /// the carried columns. Throws JobError.
    static Recipe compile(const JobSpec& spec, const InputSpec& input,
                          std::vector<std::shared_ptr<const LookupTable>> lookups,
                          std::vector<std::string> rest);

    /// Finds the columns in a file's header. Throws JobError: a column that isn't there (with the nearest
    /// name), or is there twice.
    HeaderMapping resolve(std::span<const std::string> header, bool has_header) const;
    /// The header's columns that no field reads, in order: what `rest = *` carries.
    std::vector<std::string> unmapped(std::span<const std::string> header) const;

    std::span<const Field> fields() const noexcept { return fields_; }
    std::span<const Column> columns() const noexcept { return columns_; }
    std::span<const Step> parse_steps() const noexcept { return parse_steps_; }
    std::span<const Step> derive_steps() const noexcept { return derive_steps_; }
    std::span<const Expression> expressions() const noexcept { return expressions_; }
    std::span<const Rule> rules() const noexcept { return rules_; }
    std::span<const Repair> repairs() const noexcept { return repairs_; }
    std::span<const Drop> drops() const noexcept { return drops_; }
    std::span<const Duplicates> duplicates() const noexcept { return duplicates_; }
    /// Null when the job has no rules on whole orders.
    const OrderRules* orders() const noexcept { return orders_ ? &*orders_ : nullptr; }
    /// Clean records are kept until those of all chunks are known.
    bool stages() const noexcept { return !duplicates_.empty() || orders_; }
    /// Of equal records the first stays, and nothing else needs records that meet: each can be decided as
    /// soon as those before it are known.
    bool keeps_first_occurrence() const noexcept {
        return duplicates_.size() == 1 && !orders_ && duplicates_.front().criteria.empty() &&
               !duplicates_.front().last_wins;
    }
    std::span<const Split> splits() const noexcept { return splits_; }
    std::uint32_t part_count() const noexcept { return part_count_; }
    /// For a phone field whose country is another field: that field; npos otherwise.
    std::uint32_t country_from(std::uint32_t field) const noexcept { return country_from_[field]; }
    /// The step takes a column's text, trimmed, the empty one being missing, and nothing of another field.
    bool takes_plain_column(const Step& step) const noexcept {
        const Field& field = fields_[step.field];
        return step.source == Source::column && field.trimmed() && field.is_missing({}) &&
               country_from_[step.field] == npos;
    }
    std::span<const std::uint32_t> visible() const noexcept { return visible_; }
    std::span<const std::string> rest() const noexcept { return rest_; }
    const InputSpec& input() const noexcept { return input_; }
    const Dialect& dialect() const noexcept { return input_.dialect; }
    /// The text of a whole column, trimmed, means "no value" in these files.
    bool input_misses(std::string_view text) const noexcept;
    const OutputSpec& output() const noexcept { return output_; }
    const TallyShape& shape() const noexcept { return shape_; }
    bool has_flags() const noexcept { return has_flags_; }
    /// The header record of duplicates.csv, with its line end.
    std::string duplicates_header() const;
    /// The clean file's columns.
    std::vector<std::string> output_names() const;
    /// The clean file's header record, with its line end.
    std::string output_header() const;

  private:
    std::uint32_t column_index(const std::vector<std::string>& names, std::uint32_t position, bool optional,
                               Place place);
    void add_splits(const JobSpec& spec);
    void add_fields(const std::vector<FieldSpec>& specs);
    void order_parse_steps(const std::vector<FieldSpec>& specs);
    void order_derived(const std::vector<FieldSpec>& specs,
                       std::vector<std::shared_ptr<const LookupTable>> lookups);
    void add_rules(const JobSpec& spec);
    void refuse_derived(std::uint32_t field, Place place, const std::string& what) const;
    void add_duplicates(const JobSpec& spec);
    void add_orders(const OrderSpec& spec);
    OrderRule compile_order_rule(const OrderRuleSpec& spec, std::uint32_t& words) const;
    void set_sum(const OrderRuleSpec& spec, OrderRule& rule) const;
    std::uint32_t field_named(const std::string& name, Place place, std::string_view what) const;

    InputSpec input_;
    OutputSpec output_;
    std::vector<Field> fields_;
    std::vector<Column> columns_;
    std::map<std::pair<std::vector<std::string>, std::uint32_t>, std::uint32_t> column_numbers_;
    std::unordered_map<std::string, std::uint32_t> field_numbers_; ///< by name
    std::vector<Step> parse_steps_;
    std::vector<Step> derive_steps_;
    std::vector<Expression> expressions_;
    std::vector<Rule> rules_;
    std::vector<Repair> repairs_;
    std::vector<Drop> drops_;
    std::vector<Split> splits_;
    std::vector<Duplicates> duplicates_;
    std::optional<OrderRules> orders_;
    std::vector<std::pair<std::string, std::uint32_t>> part_names_;
    std::uint32_t part_count_ = 0;
    std::vector<std::uint32_t> country_from_;
    std::vector<std::uint32_t> visible_;
    std::vector<std::string> rest_;
    std::vector<std::string> rest_names_; ///< as the clean file calls them
    Place rest_place_;
    Scope scope_;
    TallyShape shape_;
    bool has_flags_ = false;
};

} // namespace ordermill::core
