#include "app/hosts/host_facts.hpp"

#include "app/base/name_text.hpp"
#include "app/hosts/launch_checks.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

namespace ordermill::app {

HostFacts HostFacts::own(const std::string& host) {
    HostFacts facts{.host = host, .cpu_model = "", .cores = usable_cores(), .memory = memory_limit()};
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        const std::size_t colon = line.find(": ");
        if (!line.starts_with("model name") || colon == std::string::npos) continue;
        facts.cpu_model = line.substr(colon + 2);
        break;
    }
    return facts;
}

std::string HostFacts::pack() const {
    return nlohmann::json{{"host", name_to_text(host)},
                          {"cpu", cpu_model},
                          {"cores", cores},
                          {"memory", memory.bytes},
                          {"memory_source", name_to_text(memory.source)}}
        .dump();
}

HostFacts HostFacts::unpack(const std::string& text) {
    const auto json = nlohmann::json::parse(text);
    return {.host = text_to_name(json.at("host").get<std::string>()),
            .cpu_model = json.at("cpu"),
            .cores = json.at("cores"),
            .memory = {.bytes = json.at("memory"),
                       .source = text_to_name(json.at("memory_source").get<std::string>())}};
}

} // namespace ordermill::app
