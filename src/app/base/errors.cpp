#include "app/base/errors.hpp"

#include "cluster/work/work.hpp"
#include "core/base/job_error.hpp"
#include "io/input.hpp"
#include "io/output_folder.hpp"
#include "io/recovery/run_folder.hpp"
#include "study/rows/raw_rows.hpp"

namespace ordermill::app {

int exit_code_of(const std::exception& error) noexcept {
    if (const auto* remote = dynamic_cast<const cluster::RemoteError*>(&error)) return remote->exit_code;
    if (dynamic_cast<const Stopped*>(&error) != nullptr ||
        dynamic_cast<const ResumeLater*>(&error) != nullptr)
        return exit_resume;
    const bool usage = dynamic_cast<const UsageError*>(&error) != nullptr ||
                       dynamic_cast<const core::JobError*>(&error) != nullptr ||
                       dynamic_cast<const study::RowError*>(&error) != nullptr ||
                       dynamic_cast<const io::InputError*>(&error) != nullptr ||
                       dynamic_cast<const io::OutputExists*>(&error) != nullptr ||
                       dynamic_cast<const io::FolderInUse*>(&error) != nullptr;
    return usage ? exit_usage : exit_environment;
}

} // namespace ordermill::app
