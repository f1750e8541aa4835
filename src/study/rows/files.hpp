#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace ordermill::study {

/// The system refused a file: `cannot write out/raw.csv: No space left on device`.
class FileError : public std::system_error {
  public:
    FileError(std::string_view verb, const std::string& path, int error_number);
};

std::string read_file(const std::string& path);
/// At most `size` bytes from `offset` on.
std::string read_part(const std::string& path, std::uint64_t offset, std::size_t size);
/// Replaces what was there.
void write_file(const std::string& path, std::string_view text);
/// In one write, so that rows of launches that share the file don't mix on a local file system.
void append_file(const std::string& path, std::string_view text);

} // namespace ordermill::study
