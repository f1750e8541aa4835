#include "app/run/commit.hpp"

#include "app/base/errors.hpp"
#include "app/hosts/rank_capabilities.hpp"
#include "app/outputs/chunk_outputs.hpp"
#include "app/report/record_counts.hpp"
#include "app/run/run_outputs.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"

namespace ordermill::app {
namespace {

/// Under its temporary name.
void write_report(const Plan& plan, const std::string& report) {
    fence_of(plan)();
    io::discard(plan.output, {report_name}); // of a run that died when it had written it
    io::OutputFile file(plan.output, report_name, fence_of(plan));
    file.write_at(0, report);
    file.sync();
    file.close();
}

} // namespace

bool commit(const Plan& plan, const CompiledPlan& compiled, const Scheduler& scheduler, const RunFacts& facts,
            RunJournal& journal) {
    check_inputs_unchanged(plan);
    check_accounts(plan, scheduler);
    write_report(plan, report_json(plan, compiled, scheduler, facts));
    const Totals& totals = scheduler.totals();
    const bool over = over_limit(compiled.spec.max_rejects, count_records(totals));
    journal.commit(actual_outputs(plan, compiled, totals), over ? exit_over_limit : exit_done);
    return over;
}

} // namespace ordermill::app
