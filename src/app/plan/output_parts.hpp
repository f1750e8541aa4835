#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ordermill::app {

/// Which part of the clean output a record goes to. Each file is seen as stripes of the same number of bytes,
/// from its first byte on; the stripe in which a record begins and the number of its file decide, and nothing
/// else: consecutive stripes go to consecutive parts, round and round. Chunks end at stripes' ends, so a
/// chunk's records all go to one part, and workers that write at the same time hardly ever write to the same
/// file.
struct OutputParts {
    std::uint32_t count = 1;
    std::uint64_t stripe = UINT64_MAX; ///< bytes; what it is doesn't matter with one part

    /// 0 to count - 1, of a record that begins at `offset` of the file with that number.
    std::uint32_t part_of(std::uint32_t file, std::uint64_t offset) const noexcept {
        return count == 1 ? 0 : static_cast<std::uint32_t>((file + offset / stripe) % count);
    }
    /// The end of the stripe that `offset` is in; UINT64_MAX with one part.
    std::uint64_t stripe_end(std::uint64_t offset) const noexcept {
        return count == 1 ? UINT64_MAX : (offset / stripe + 1) * stripe;
    }

    template<class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& count& stripe;
    }
};

/// As many parts, with stripes for inputs of so many bytes: 1 MiB, or 1/8192 of the inputs where that is more
/// (rounded up to a power of two), but at most 8 MiB.
OutputParts output_parts(std::uint32_t count, std::uint64_t input_bytes);

/// The names of the clean output's files within the output folder: `clean` itself, or, in parts,
/// `clean/part-00001.csv` and so on: a folder called like the file without its ending.
std::vector<std::string> clean_output_names(const std::string& clean, std::uint32_t parts);

/// The same for people: `clean.csv`, or `clean/part-00001.csv ... part-00016.csv`.
std::string clean_outputs_text(const std::string& clean, std::uint32_t parts);

/// True for `FOLDER/part-00001.csv`, with any folder and ending: a name that `clean_output_names` gives.
bool is_part_name(const std::string& name);

} // namespace ordermill::app
