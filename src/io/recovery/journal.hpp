#pragma once

#include "io/error.hpp"
#include "system/descriptor.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::io {

/// What a run has finished, for one that goes on after it: records of bytes, each with its length and
/// checksum, only ever appended. A record that a crash cut short ends the journal before it.
class Journal {
  public:
    /// Creates the file, which mustn't be there. Throws io::Error.
    explicit Journal(std::string path);
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// On the disk when it returns. Throws io::Error.
    void append(std::string_view record);

    /// The whole records of a journal, the oldest first; none when the file isn't there. Throws io::Error.
    static std::vector<std::string> read(const std::string& path);

  private:
    std::string path_;
    system::Descriptor descriptor_;
};

} // namespace ordermill::io
