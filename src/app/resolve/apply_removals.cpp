#include "app/resolve/apply_removals.hpp"

#include "core/csv/csv_write.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {
namespace {

using core::LinedText;

/// The rules of one kind of action among a line's broken ones.
std::uint64_t rules_that(const core::OrderRules& rules, bool flag) noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < rules.rules.size(); ++i) {
        if (rules.rules[i].flags == flag) bits |= std::uint64_t{1} << i;
    }
    return bits;
}

std::string_view without_line_end(std::string_view record, core::LineEnd line_end) noexcept {
    const bool lf = line_end != core::LineEnd::cr && record.ends_with('\n');
    if (lf) record.remove_suffix(1);
    const bool cr = line_end == core::LineEnd::cr || (line_end == core::LineEnd::any) ||
                    (lf && line_end == core::LineEnd::crlf);
    if (cr && record.ends_with('\r')) record.remove_suffix(1);
    return record;
}

class Finisher {
  public:
    Finisher(StagedChunk& chunk, const Plan& plan, const core::Recipe& recipe)
        : chunk_(chunk), batch_(*chunk.batch), plan_(plan), recipe_(recipe),
          file_(plan.files[chunk.file].path) {}

    Removed run() {
        if (chunk_.broken.empty()) {
            for (const StagedChunk::Loss& loss : chunk_.losses) remove_duplicate(loss);
        } else {
            run_with_broken();
        }
        edit_clean();
        batch_.rejects.edit(reject_edits_);
        edit_raw();
        return removed_;
    }

  private:
    void run_with_broken() {
        auto broken = chunk_.broken.begin();
        auto loss = chunk_.losses.begin();
        std::size_t source = 0;
        // Rows in order: both lists are, and a row that lost has no broken rules.
        for (std::uint32_t row = 0; row < batch_.rows.size(); ++row) {
            if (loss != chunk_.losses.end() && loss->row == row) {
                remove_duplicate(*loss++);
            } else if (broken != chunk_.broken.end() && broken->row == row) {
                apply(*broken++, source);
            }
            source += batch_.rows[row].source_bytes;
            if (loss == chunk_.losses.end() && broken == chunk_.broken.end()) break;
        }
    }

    void remove_duplicate(const StagedChunk::Loss& loss) {
        write_duplicate(loss);
        remove(loss.row, removed_.duplicates);
    }

    void remove(std::uint32_t row, core::Accounts::Share& share) {
        const core::Row& of = batch_.rows[row];
        clean_edits_.push_back({.begin = of.clean_begin, .end = of.clean_begin + of.clean_bytes, .text = {}});
        share += {1, of.source_bytes};
    }

    void write_duplicate(const StagedChunk::Loss& loss) {
        const core::Row& row = batch_.rows[loss.row];
        const char delimiter = recipe_.output().delimiter;
        const bool always = recipe_.output().quoting == core::OutputSpec::Quoting::all;
        core::Buffer& out = chunk_.duplicates;
        const auto place = [&](const std::string& file, std::uint64_t line, std::uint64_t byte) {
            core::append_field(out, file, delimiter, always);
            out.push_back(delimiter);
            for (const std::uint64_t number : {line, byte}) {
                if (always) out.push_back('"');
                const fmt::format_int digits(number);
                out.append({digits.data(), digits.size()});
                if (always) out.push_back('"');
                out.push_back(delimiter);
            }
        };
        place(file_, chunk_.base_line + row.line, row.byte_position);
        place(plan_.files[loss.kept_file].path, loss.kept_line, loss.kept_byte_position);
        core::append_field(out, recipe_.duplicates()[loss.section].name, delimiter, always);
        out.push_back(delimiter);
        out.append(batch_.clean.bytes.view().substr(row.clean_begin, row.fields_bytes));
        out.push_back('\n');
    }

    void apply(const StagedChunk::Broken& broken, std::size_t source) {
        const core::OrderRules& rules = *recipe_.orders();
        const std::uint64_t rejecting = broken.rules & rules_that(rules, false);
        if (rejecting != 0) {
            reject(broken.row, rejecting, source);
            remove(broken.row, removed_.rejected);
        } else {
            flag(broken.row, broken.rules);
        }
    }

    /// The rejects and raw records of those before it stand before its own.
    void reject(std::uint32_t row, std::uint64_t rules, std::size_t source) {
        const core::Row& of = batch_.rows[row];
        const auto& rejects = batch_.orders.rejects;
        while (reject_ < rejects.size() && rejects[reject_].byte_position < of.byte_position) ++reject_;
        const bool last = reject_ == rejects.size();
        const std::size_t at = last ? batch_.rejects.bytes.size() : rejects[reject_].rejects_begin;
        const std::size_t raw_at = last ? batch_.rejects_raw.size() : rejects[reject_].raw_begin;
        const std::string_view record = batch_.orders.sources.view().substr(source, of.source_bytes);
        for (std::size_t i = 0; i < recipe_.orders()->rules.size(); ++i) {
            if ((rules >> i & 1) == 0) continue;
            reject_edits_.push_back(reject_row(of, recipe_.orders()->rules[i], row, record, at));
            batch_.tally.add(recipe_.shape().order_broken(i));
        }
        raw_edits_.push_back({.begin = raw_at, .end = raw_at, .text = std::string(record)});
    }

    LinedText::Edit reject_row(const core::Row& row, const core::OrderRule& rule, std::uint32_t index,
                               std::string_view record, std::size_t at) const {
        LinedText::Edit edit{.begin = at, .end = at, .text = {}, .line_at = 0, .line = row.line};
        core::Buffer text;
        core::append_field(text, file_);
        text.push_back(',');
        edit.line_at = text.size();
        text.append(fmt::format(",{},,,{},", row.byte_position, name(core::Reason::order_rule_broken)));
        core::append_field(text, rule.name);
        text.push_back(',');
        core::Buffer raw;
        core::append_escaped(raw, without_line_end(record, recipe_.dialect().line_end));
        core::append_field(text, raw.view());
        text.push_back(',');
        core::Buffer id;
        core::append_escaped(id, batch_.orders.id(index));
        core::append_field(text, fmt::format("order {}: {}", id.view(), rule.broken));
        text.push_back('\n');
        edit.text = text.view();
        return edit;
    }

    /// The flags are a row's last field, and no name or reason has a quote.
    void flag(std::uint32_t row, std::uint64_t rules) {
        const core::Row& of = batch_.rows[row];
        const std::size_t end = of.clean_begin + of.clean_bytes - 1;
        const std::string_view line = batch_.clean.bytes.view().substr(of.clean_begin, of.clean_bytes - 1);
        const bool quoted = line.ends_with('"');
        const std::size_t before =
            quoted ? line.rfind('"', line.size() - 2) : line.rfind(recipe_.output().delimiter) + 1;
        std::string_view old = line.substr(before);
        if (quoted) old = old.substr(1, old.size() - 2);
        std::string flags(old);
        for (std::size_t i = 0; i < recipe_.orders()->rules.size(); ++i) {
            if ((rules >> i & 1) == 0) continue;
            flags += fmt::format("{}{}:{}", flags.empty() ? "" : ";", recipe_.orders()->rules[i].name,
                                 name(core::Reason::order_rule_broken));
            batch_.tally.add(recipe_.shape().order_flagged(i));
        }
        core::Buffer text;
        core::append_field(text, flags, recipe_.output().delimiter,
                           recipe_.output().quoting == core::OutputSpec::Quoting::all);
        clean_edits_.push_back(
            {.begin = of.clean_begin + before, .end = end, .text = std::string(text.view())});
    }

    void edit_clean() {
        const bool only_less = std::all_of(clean_edits_.begin(), clean_edits_.end(),
                                           [](const LinedText::Edit& edit) { return edit.text.empty(); });
        if (!only_less) return batch_.clean.edit(clean_edits_);
        std::vector<LinedText::Range> ranges;
        for (const LinedText::Edit& edit : clean_edits_) ranges.push_back({edit.begin, edit.end});
        batch_.clean.erase(ranges);
    }

    void edit_raw() {
        if (raw_edits_.empty()) return;
        LinedText raw;
        std::swap(raw.bytes, batch_.rejects_raw);
        raw.edit(raw_edits_);
        std::swap(raw.bytes, batch_.rejects_raw);
    }

    StagedChunk& chunk_;
    core::Batch& batch_;
    const Plan& plan_;
    const core::Recipe& recipe_;
    const std::string& file_;
    std::size_t reject_ = 0; ///< the next of the batch's own rejects
    std::vector<LinedText::Edit> clean_edits_;
    std::vector<LinedText::Edit> reject_edits_;
    std::vector<LinedText::Edit> raw_edits_;
    Removed removed_;
};

} // namespace

Removed apply_removals(StagedChunk& chunk, const Plan& plan, const core::Recipe& recipe) {
    if (chunk.losses.empty() && chunk.broken.empty()) return {};
    return Finisher(chunk, plan, recipe).run();
}

} // namespace ordermill::app
