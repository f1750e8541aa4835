#pragma once

#include "app/job_syntax/job_lines.hpp"
#include "core/job/job_spec.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The plain `key = value` settings: one table a target, which reads and prints.
namespace ordermill::app {

template<typename Target>
struct Setting {
    std::string_view key;
    void (*read)(Target&, const Piece&);
    /// What `read` turns into the same again.
    std::string (*write)(const Target&);
};

std::span<const Setting<core::Dialect>> dialect_settings();
std::span<const Setting<core::InputSpec>> input_settings(); ///< without the dialect's
std::span<const Setting<core::OutputSpec>> output_settings();
std::span<const Setting<core::MaxRejects>> run_settings();

template<typename Target>
bool read_setting(std::span<const Setting<Target>> settings, Target& target, const Entry& entry) {
    for (const Setting<Target>& setting : settings) {
        if (setting.key != entry.key.text) continue;
        setting.read(target, entry.value);
        return true;
    }
    return false;
}

template<typename Target>
void add_keys(std::span<const Setting<Target>> settings, std::vector<std::string>& keys) {
    for (const Setting<Target>& setting : settings) keys.emplace_back(setting.key);
}

/// `[input]`, or `[input.NAME]` on top of the values that `input` has already.
void read_input(const Section& section, core::InputSpec& input);
void read_output(const Section& section, core::OutputSpec& output);
void read_run(const Section& section, core::MaxRejects& max_rejects);

/// Throws when two of a dialect's characters are the same.
void check_dialect(const core::Dialect& dialect, core::Place place);

} // namespace ordermill::app
