#pragma once

#include "io/output_file.hpp"

#include <fstream>
#include <iterator>
#include <string>

/// What the tests of output files and folders share.
namespace ordermill::test {

inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Writes a whole output under its temporary name.
inline void write_output(const std::string& folder, const std::string& name, const std::string& bytes) {
    io::OutputFile file(folder, name);
    file.write_at(0, bytes);
    file.sync();
    file.close();
}

/// The sentence of the exception of this type that `deed` throws; empty if it throws none.
template<class Exception, class Deed>
std::string sentence_of(Deed&& deed) {
    try {
        deed();
    } catch (const Exception& error) {
        return error.what();
    }
    return {};
}

} // namespace ordermill::test
