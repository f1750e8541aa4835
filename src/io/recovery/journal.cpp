#include "io/recovery/journal.hpp"

#include "io/crc.hpp"
#include "io/input.hpp"
#include "io/output_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ordermill::io {
namespace {

struct Head {
    char mark[4] = {'O', 'M', 'J', '1'};
    std::uint32_t crc = 0; ///< of the size and the record
    std::uint64_t size = 0;
};

std::uint32_t checksum(std::string_view record) {
    std::string bytes(sizeof(std::uint64_t), '\0');
    const std::uint64_t size = record.size();
    std::memcpy(bytes.data(), &size, sizeof size);
    bytes += record;
    return crc32(bytes);
}

} // namespace

Journal::Journal(std::string path)
    : path_(std::move(path)),
      descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {
    if (!descriptor_) throw Error("create", path_, errno);
}

void Journal::append(std::string_view record) {
    Head head;
    head.size = record.size();
    head.crc = checksum(record);
    std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
    bytes += record;
    write_all(descriptor_.number(), bytes, path_);
    if (::fsync(descriptor_.number()) != 0) throw Error("sync", path_, errno);
}

std::vector<std::string> Journal::read(const std::string& path) {
    std::vector<std::string> records;
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) return records;
        throw Error("read", path, errno);
    }
    const std::string bytes = read_whole_file(path);
    std::string_view rest = bytes;
    Head head;
    while (rest.size() >= sizeof head) {
        std::memcpy(&head, rest.data(), sizeof head);
        rest.remove_prefix(sizeof head);
        if (std::memcmp(head.mark, Head().mark, sizeof head.mark) != 0 || head.size > rest.size()) break;
        const std::string_view record = rest.substr(0, head.size);
        if (checksum(record) != head.crc) break;
        records.emplace_back(record);
        rest.remove_prefix(head.size);
    }
    return records;
}

} // namespace ordermill::io
