// Every counter of a job, and what it is called.
#include "app/preview/preview.hpp"

#include <fmt/format.h>

namespace ordermill::app {

using core::OnFault;
using core::Reason;
using core::TallyShape;

namespace {

std::string where(const core::Recipe& recipe, Event::Of of, std::size_t index) {
    switch (of) {
    case Event::Of::record: break;
    case Event::Of::split: return fmt::format("split {}", recipe.splits()[index].name);
    case Event::Of::field: return fmt::format("field {}", recipe.fields()[index].name());
    case Event::Of::rule: return fmt::format("rule {}", recipe.rules()[index].name);
    }
    return "record";
}

} // namespace

std::vector<Event> all_events(const core::Recipe& recipe) {
    const TallyShape& shape = recipe.shape();
    std::vector<Event> events;
    const auto add = [&](std::size_t counter, Event::Of of, std::size_t index, bool fault,
                         std::string_view reason, std::string_view outcome) {
        events.push_back(
            {counter, of, index, fault, std::string(reason), where(recipe, of, index), std::string(outcome)});
    };
    using Of = Event::Of;
    for (std::size_t i = 0; i < core::reason_count; ++i)
        add(shape.fault(shape.fields, static_cast<Reason>(i)), Of::record, 0, true,
            name(static_cast<Reason>(i)), "rejected");
    for (std::size_t i = 0; i < shape.splits; ++i) {
        const core::Recipe::Split& split = recipe.splits()[i];
        add(shape.split_broken(i), Of::split, i, true, name(Reason::split_mismatch), "rejected");
        add(shape.split_flagged(i), Of::split, i, true, name(Reason::split_mismatch),
            split.on_fault.flag ? "blanked, flagged" : "blanked");
    }
    constexpr std::string_view done[] = {"blanked", "kept", "set to default"};
    for (std::size_t field = 0; field < shape.fields; ++field) {
        const std::string flagged = recipe.fields()[field].on_fault().flag ? ", flagged" : "";
        for (std::size_t i = 0; i < core::reason_count; ++i) {
            const auto reason = static_cast<Reason>(i);
            add(shape.fault(field, reason), Of::field, field, true, name(reason), "rejected");
            for (std::size_t repair = 0; repair < TallyShape::repair_count; ++repair) {
                add(shape.repair(field, reason, static_cast<TallyShape::Repair>(repair)), Of::field, field,
                    true, name(reason), std::string(done[repair]) + flagged);
            }
        }
    }
    for (std::size_t i = 0; i < shape.rules; ++i) {
        add(shape.rule_broken(i), Of::rule, i, true, name(Reason::rule_broken), "rejected");
        add(shape.rule_flagged(i), Of::rule, i, true, name(Reason::rule_broken), "flagged");
    }
    for (std::size_t i = 0; i < shape.steps; ++i) {
        const core::Recipe::Repair& step = recipe.repairs()[i];
        add(shape.step(i), Of::field, step.field, false, fmt::format("repair {}", step.name), "filled");
    }
    for (std::size_t field = 0; field < shape.fields; ++field) {
        add(shape.filled(field), Of::field, field, false, "missing", "set to default");
        add(shape.rounded(field), Of::field, field, false, "too many digits", "rounded");
    }
    for (std::size_t i = 0; i < shape.drops; ++i)
        add(shape.dropped(i), Of::record, 0, false, fmt::format("drop {}", recipe.drops()[i].name),
            "dropped");
    for (std::size_t i = 0; i < shape.rules; ++i) {
        add(shape.rule_not_applied(i), Of::rule, i, false, "an operand is missing", "not applied");
    }
    return events;
}

} // namespace ordermill::app
