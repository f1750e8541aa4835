#pragma once

#include "io/output_file.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace ordermill::app {

/// One process' hand on a numbered family of outputs (the parts of the clean records, the raw rejects by
/// input), which may be more than it may have open at once. Functions throw io::Error, and io::Replaced once
/// a newer run has the folder.
class OutputSet {
  public:
    using NameOf = std::function<std::string(std::uint32_t number)>;
    static constexpr std::size_t most_open_by_default = 128;

    /// At most `most_open` files, one or more, are open at a time: the one opened first makes room.
    OutputSet(std::string folder, NameOf name_of, io::OutputFile::Fence fence,
              std::size_t most_open = most_open_by_default)
        : folder_(std::move(folder)), name_of_(std::move(name_of)), fence_(std::move(fence)),
          most_open_(most_open) {}

    void write_at(std::uint32_t number, std::uint64_t offset, std::string_view bytes);
    /// The same, unless another process of this host is writing to the file (io::OutputFile::try_take): then
    /// false.
    bool try_write_at(std::uint32_t number, std::uint64_t offset, std::string_view bytes);
    bool is_free(std::uint32_t number);
    /// What was written is on the disk when it returns, of files that were closed meanwhile too.
    void sync();
    /// Only after `sync` nothing can have been lost.
    void close();

  private:
    io::OutputFile& open(std::uint32_t number);
    io::OutputFile make(std::uint32_t number) const;

    std::string folder_;
    NameOf name_of_;
    io::OutputFile::Fence fence_;
    std::size_t most_open_;
    std::list<std::pair<std::uint32_t, io::OutputFile>> open_; ///< in the order in which they were opened
    std::map<std::uint32_t, std::list<std::pair<std::uint32_t, io::OutputFile>>::iterator> by_number_;
    std::set<std::uint32_t> closed_unsynced_;
};

} // namespace ordermill::app
