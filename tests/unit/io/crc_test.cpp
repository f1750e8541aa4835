#include "io/crc.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

using ordermill::io::crc32;
using ordermill::io::crc32_combine;

namespace {

/// One bit at a time, from the definition.
std::uint32_t naive_crc32(const std::string& bytes) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const unsigned char byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

std::string random_bytes(std::mt19937_64& random, std::size_t length) {
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() & 0xFF);
    return bytes;
}

} // namespace

TEST_CASE("CRC-32 of known texts", "[crc]") {
    CHECK(crc32("") == 0);
    CHECK(crc32("123456789") == 0xCBF43926);
    CHECK(crc32("The quick brown fox jumps over the lazy dog") == 0x414FA339);
    CHECK(crc32(std::string(32, '\0')) == 0x190A55AD);
}

TEST_CASE("CRC-32 goes on from an earlier one, also over nothing", "[crc]") {
    CHECK(crc32("456789", crc32("123")) == 0xCBF43926);
    CHECK(crc32("", 0xCBF43926) == 0xCBF43926);
    CHECK(crc32(std::string_view{}, 0xCBF43926) == 0xCBF43926);
}

TEST_CASE("CRC-32 equals the definition", "[crc]") {
    std::mt19937_64 random(41);
    for (std::size_t length : {1, 7, 63, 64, 65, 1000, 4096, 10'001}) {
        INFO("length " << length);
        const std::string bytes = random_bytes(random, length);
        CHECK(crc32(bytes) == naive_crc32(bytes));
    }
}

TEST_CASE("checksums of pieces combine to the checksum of the whole, however they are grouped", "[crc]") {
    const std::uint64_t seed = 42;
    std::mt19937_64 random(seed);
    for (int round = 0; round < 200; ++round) {
        INFO("seed " << seed << ", round " << round);
        const std::string bytes = random_bytes(random, random() % 3000);
        const std::size_t first_cut = bytes.empty() ? 0 : random() % (bytes.size() + 1);
        const std::size_t second_cut = first_cut + random() % (bytes.size() - first_cut + 1);
        const std::string a = bytes.substr(0, first_cut);
        const std::string b = bytes.substr(first_cut, second_cut - first_cut);
        const std::string c = bytes.substr(second_cut);

        const std::uint32_t ab_c =
            crc32_combine(crc32_combine(crc32(a), crc32(b), b.size()), crc32(c), c.size());
        const std::uint32_t a_bc =
            crc32_combine(crc32(a), crc32_combine(crc32(b), crc32(c), c.size()), b.size() + c.size());
        CHECK(ab_c == naive_crc32(bytes));
        CHECK(a_bc == naive_crc32(bytes));
    }
}

TEST_CASE("combining takes lengths beyond 4 GiB", "[crc]") {
    // 2^33 + 5 zero bytes, put together by doubling one zero byte 33 times.
    const std::uint64_t doubled_length = std::uint64_t{1} << 33;
    std::uint32_t zeros = crc32(std::string(1, '\0'));
    for (std::uint64_t length = 1; length < doubled_length; length *= 2)
        zeros = crc32_combine(zeros, zeros, length);
    const std::uint32_t five = crc32(std::string(5, '\0'));
    const std::uint32_t second = crc32_combine(zeros, five, 5);
    const std::uint64_t second_length = doubled_length + 5;

    const std::uint32_t first = crc32("order");
    const std::uint32_t step_by_step = crc32_combine(crc32_combine(first, zeros, doubled_length), five, 5);
    CHECK(crc32_combine(first, second, second_length) == step_by_step);
    CHECK(crc32_combine(first, second, second_length) != crc32_combine(first, second, 5));
}
