#include "app/preview/preview.hpp"

#include "app/plan/plan_header.hpp"
#include "core/csv/csv.hpp"

#include <algorithm>
#include <stdexcept>

namespace ordermill::app {
namespace {

constexpr std::uint64_t slice = std::uint64_t{256} << 10;
constexpr std::uint64_t block = std::uint64_t{512} << 10;
constexpr std::uint64_t first_look_ahead = std::uint64_t{16} << 10;
constexpr std::uint64_t footer_room = std::uint64_t{64} << 10;
/// Blank lines and the like among the records to be shown: after so many the rest is looked at in bulk.
constexpr std::uint64_t most_skipped = 1000;

} // namespace

/// The data of one input, by offset.
class Preview::Source {
  public:
    Source(const PlannedFile& file, const core::InputSpec& input, io::PipeInput& pipe)
        : input_(input), pipe_(file.pipe() ? &pipe : nullptr), data_begin_(file.data_begin),
          data_end_(file.data_end) {
        if (pipe_ == nullptr) file_.emplace(file.path);
    }

    bool ended(std::uint64_t at) {
        if (pipe_ != nullptr) fill(at + 1);
        return at >= data_end_;
    }
    /// [begin, end), or up to the data's end (then `at_end`). Valid until the next `read`.
    std::string_view read(std::uint64_t begin, std::uint64_t end, bool& at_end) {
        if (pipe_ != nullptr) fill(end);
        end = std::min(end, data_end_);
        at_end = end == data_end_;
        if (pipe_ != nullptr)
            return begin < pipe_->begin() ? kept(begin, end, at_end) : pipe_->view(begin, end);
        if (begin < buffer_begin_ || end > buffer_begin_ + buffer_.size()) {
            file_->read(begin, std::min(std::max(end, begin + block), data_end_), buffer_);
            buffer_begin_ = begin;
        }
        return buffer_.view().substr(begin - buffer_begin_, end - begin);
    }

    /// Where the line ends that goes on at an offset. Of a pipe only [begin, end) stays in memory, and what
    /// comes behind the line.
    std::uint64_t find_line_end(std::uint64_t offset, std::uint64_t begin, std::uint64_t end) {
        if (pipe_ != nullptr) keep(begin, end);
        core::LineEndSearch search(input_.dialect.line_end, offset);
        for (;;) {
            if (passed_.begin <= search.offset() && search.offset() < passed_.end) return passed_.end;
            bool at_end = false;
            const std::string_view piece = read(search.offset(), search.offset() + block, at_end);
            if (const auto found = search.next(piece, at_end)) {
                if (pipe_ != nullptr && pipe_->begin() > offset) passed_ = {offset, *found};
                return *found;
            }
            if (pipe_ != nullptr) pipe_->release(search.offset());
        }
    }

  private:
    /// A pipe's bytes that are to be read again, if they aren't kept already.
    void keep(std::uint64_t begin, std::uint64_t end) {
        if (begin < pipe_->begin()) return;
        bool at_end = false;
        const std::string_view bytes = read(begin, end, at_end);
        buffer_.clear();
        buffer_.append(bytes);
        buffer_begin_ = begin;
    }
    std::string_view kept(std::uint64_t begin, std::uint64_t end, bool& at_end) const {
        const std::uint64_t buffer_end = buffer_begin_ + buffer_.size();
        at_end = at_end && end <= buffer_end;
        return buffer_.view().substr(begin - buffer_begin_, std::min(end, buffer_end) - begin);
    }
    /// A pipe's footer lines are known only at its end; so look far enough ahead to see that coming.
    void fill(std::uint64_t end) {
        if (data_end_ != PlannedFile::unknown_end) return;
        pipe_->fill(end + (input_.footer_lines > 0 ? footer_room : 0) + 1, true);
        if (!pipe_->ended()) return;
        data_end_ = pipe_->end();
        if (input_.footer_lines == 0) return;
        const std::uint64_t begin = std::max(data_begin_, pipe_->begin());
        const std::size_t found =
            footer_begin(pipe_->view(begin, data_end_), input_.footer_lines, input_.dialect.line_end);
        if (found == 0 && begin > data_begin_)
            throw std::runtime_error("a footer's line in standard input is longer than max_record; make "
                                     "footer_lines smaller or max_record larger");
        data_end_ = begin + found;
    }

    const core::InputSpec& input_;
    io::PipeInput* pipe_;
    std::optional<io::InputFile> file_;
    std::uint64_t data_begin_;
    std::uint64_t data_end_;
    core::Buffer buffer_; ///< of a pipe: what has left its window
    std::uint64_t buffer_begin_ = 0;
    struct Range {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };
    Range passed_; ///< within a line, up to its end: has left the window
};

Preview::Preview(const Plan& plan, const CompiledPlan& compiled, io::PipeInput& pipe, Limits limits)
    : plan_(plan), compiled_(compiled), pipe_(pipe), limits_(limits), bytes_left_(limits.bytes),
      skips_left_(most_skipped), events_(all_events(compiled.recipes.front())),
      tally_(compiled.recipes.front().shape()) {
    bulk_.tally = single_.tally = tally_;
}

void Preview::run() {
    for (std::uint32_t file = 0; file < plan_.files.size(); ++file) look_at(file);
}

void Preview::look_at(std::uint32_t file) {
    file_ = file;
    const PlannedFile& planned = plan_.files[file];
    recipe_ = &compiled_.recipe_of(planned);
    mapping_ = &compiled_.mappings[file];
    cleaner_.emplace(*recipe_);
    Source source(planned, recipe_->input(), pipe_);
    std::uint64_t at = planned.data_begin;
    std::uint64_t line = planned.lines_before + 1;
    const std::uint64_t limit = at + bytes_left_;
    while (!source.ended(at)) {
        if (at >= limit) {
            whole_ = false;
            break;
        }
        const bool show = shown_ < limits_.records && skips_left_ > 0;
        const bool follows = at != planned.data_begin;
        const std::uint64_t next = show ? clean_one(source, at, follows)
                                        : clean(source, at, std::min(at + slice, limit), follows, bulk_);
        const core::Batch& batch = show ? single_ : bulk_;
        accounts_ += batch.accounts;
        tally_.merge(batch.tally.encode());
        if (show) {
            note_examples(line);
            records_.push_back(describe(line));
            if (records_.back().outcome == PreviewRecord::Outcome::skipped) {
                --skips_left_;
            } else {
                ++shown_;
            }
        } else if (news(bulk_.tally)) {
            find_examples(source, at, next, line);
        }
        line += batch.accounts.lines;
        at = next;
    }
    bytes_left_ -= std::min(bytes_left_, at - planned.data_begin);
}

/// Cleans the records that begin in [begin, end); returns where the one behind them begins.
std::uint64_t Preview::clean(Source& source, std::uint64_t begin, std::uint64_t end, bool follows,
                             core::Batch& batch) {
    const std::uint64_t most_ahead = core::most_bytes_behind(recipe_->dialect());
    std::optional<std::uint64_t> line_end;
    for (std::uint64_t ahead = first_look_ahead;;) {
        bytes_ = source.read(begin, end + ahead, at_end_);
        const core::Chunk chunk{.bytes = bytes_,
                                .base = begin,
                                .begin = begin,
                                .end = std::min(end, begin + bytes_.size()),
                                .known_start = true,
                                .at_end = at_end_,
                                .file = plan_.files[file_].path,
                                .follows = follows,
                                .find_line_end = [&](auto, const auto&) { return line_end; }};
        cleaner_->clean(chunk, *mapping_, batch);
        if (!batch.needs_more) return batch.next_record;
        if (batch.line_goes_on != core::Batch::none)
            line_end = source.find_line_end(batch.line_goes_on, begin, end + most_ahead);
        else
            ahead = std::min(4 * ahead, most_ahead);
    }
}

/// Cleans the record that begins there, and keeps its texts as they came.
std::uint64_t Preview::clean_one(Source& source, std::uint64_t begin, bool follows) {
    const std::uint64_t next = clean(source, begin, begin + 1, follows, single_);
    const core::Dialect& dialect = recipe_->dialect();
    core::RecordReader reader(dialect, mapping_->columns());
    reader.open(bytes_, 0, at_end_);
    reader.next();
    raw_ = bytes_.substr(reader.record().begin, reader.record().content_end - reader.record().begin);
    texts_.clear();
    core::Arena arena;
    for (const core::FieldView& field : reader.fields()) {
        std::string text(field.view());
        if (field.escaped)
            text.resize(static_cast<std::size_t>(core::unescape(field, dialect, text.data()) - text.data()));
        texts_.emplace_back(core::to_utf8(text, dialect.encoding, arena).value_or(text));
    }
    return next;
}

/// True when something is counted that has no example yet.
bool Preview::news(const core::Tally& tally) const {
    return std::any_of(events_.begin(), events_.end(), [&](const Event& event) {
        return tally[event.counter] > 0 && !examples_.contains(event.counter);
    });
}

/// Goes through a slice that has news again, record by record.
void Preview::find_examples(Source& source, std::uint64_t begin, std::uint64_t end, std::uint64_t line) {
    for (std::uint64_t at = begin; at < end && news(bulk_.tally);) {
        at = clean_one(source, at, at != begin);
        note_examples(line);
        line += single_.accounts.lines;
    }
}

void Preview::note_examples(std::uint64_t line) {
    for (const Event& event : events_) {
        if (single_.tally[event.counter] > 0 && !examples_.contains(event.counter))
            examples_[event.counter] = {file_, line, example_value(event)};
    }
}

} // namespace ordermill::app
