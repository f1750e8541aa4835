#pragma once

#include "io/error.hpp"
#include "system/descriptor.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::io {

/// A file of records that says what a run has finished, for a run that goes on after it. Each record stands
/// with its length and checksum. Records are only appended. If a crash cuts a record short, the journal ends
/// before that record; all records before it are whole. One process writes it; not for several threads.
class Journal {
  public:
    /// Creates the file. Throws io::Error, also if it is already there.
    explicit Journal(std::string path);
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Appends one record. It is on the disk when this returns: costs one fsync, some milliseconds. Throws
    /// io::Error; then append nothing more, since the record may be there in part.
    void append(std::string_view record);

    /// All whole records, the oldest first; none if the file isn't there. Throws io::Error if it can't be
    /// read.
    static std::vector<std::string> read(const std::string& path);

  private:
    std::string path_;
    system::Descriptor descriptor_;
};

} // namespace ordermill::io
