// The command line as typed: what each option gives, and what is refused with which sentence.
#include "app/command/options.hpp"

#include "app/base/errors.hpp"
#include "support/catch.hpp"

#include <functional>
#include <sstream>
#include <string>
#include <vector>

using namespace ordermill::app;

namespace {

/// The words after `ordermill`, separated by blanks.
Command parsed(const std::string& typed) {
    std::vector<std::string> words{"ordermill"};
    std::istringstream text(typed);
    for (std::string word; text >> word;) words.push_back(word);
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

CleanOptions clean(const std::string& typed) {
    return std::get<CleanOptions>(parsed("clean a.cfg " + typed));
}

std::string refusal(const std::string& typed) {
    try {
        parsed(typed);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("clean: what each option gives") {
    struct Case {
        const char* typed;
        std::function<bool(const CleanOptions&)> holds;
    };
    using Words = std::vector<std::string>;
    const Case cases[] = {
        {"", [](const auto& o) { return o.request.job_path == "a.cfg" && o.request.inputs.empty(); }},
        {"", [](const auto& o) { return o.request.chunk_size == 0 && o.request.memory == 0; }},
        {"", [](const auto& o) { return o.request.transport == Transport::automatic; }},
        {"", [](const auto& o) { return o.request.gather == Gather::automatic; }},
        {"", [](const auto& o) { return !o.force && !o.resume && !o.strict && !o.quiet; }},
        {"", [](const auto& o) { return o.checkpoint_seconds == 10 && o.lease_seconds == 12; }},
        {"",
         [](const auto& o) { return o.max_crashes == 10 && o.progress_seconds == 10 && !o.expect_ranks; }},
        {"", [](const auto& o) { return o.log.level == "info" && o.log.folder.empty(); }},
        {"x.csv -i y.csv --input z.csv -",
         [](const auto& o) {
             return o.request.inputs == Words{"y.csv", "z.csv", "x.csv", "-"};
         }},
        {"--set a=b --set c=d",
         [](const auto& o) {
             return o.request.overrides == Words{"a=b", "c=d"};
         }},
        {"-o there", [](const auto& o) { return o.request.output == "there"; }},
        {"--chunk-size 1", [](const auto& o) { return o.request.chunk_size == 1; }},
        {"--chunk-size 1GiB", [](const auto& o) { return o.request.chunk_size == std::uint64_t{1} << 30; }},
        {"--memory 1MiB", [](const auto& o) { return o.request.memory == std::uint64_t{1} << 20; }},
        {"--scratch s", [](const auto& o) { return o.request.scratch == "s"; }},
        {"--transport reference", [](const auto& o) { return o.request.transport == Transport::reference; }},
        {"--transport inline", [](const auto& o) { return o.request.transport == Transport::inline_bytes; }},
        {"--gather never", [](const auto& o) { return o.request.gather == Gather::never; }},
        {"--gather always", [](const auto& o) { return o.request.gather == Gather::always; }},
        {"-f", [](const auto& o) { return o.force && !o.resume; }},
        {"--resume", [](const auto& o) { return o.resume && !o.force; }},
        {"--strict -q", [](const auto& o) { return o.strict && o.quiet; }},
        {"--checkpoint 0.5 --lease 3",
         [](const auto& o) { return o.checkpoint_seconds == 0.5 && o.lease_seconds == 3; }},
        {"--max-crashes 0", [](const auto& o) { return o.max_crashes == 0; }},
        {"--progress 0", [](const auto& o) { return o.progress_seconds == 0; }},
        {"--expect-ranks 1", [](const auto& o) { return o.expect_ranks == 1; }},
        {"--log-level off --log-dir l",
         [](const auto& o) { return o.log.level == "off" && o.log.folder == "l"; }},
    };
    for (const Case& c : cases) {
        INFO(c.typed);
        CHECK(c.holds(clean(c.typed)));
    }
}

TEST_CASE("what is wrong is said in one sentence, with the value and what is expected") {
    struct Case {
        const char* typed;
        const char* sentence;
    };
    const Case cases[] = {
        {"", "no command given; ordermill --help lists the commands"},
        {"claen a.cfg", "unknown command \"claen\"; did you mean clean?"},
        {"frobnicate", "unknown command \"frobnicate\"; ordermill --help lists the commands"},
        {"clean",
         "clean needs a job file: ordermill clean JOB.cfg --input FILES (see ordermill clean --help)"},
        {"clean a.cfg --outputs x", "unknown option --outputs; did you mean --output?"},
        {"clean a.cfg --zzz", "unknown option --zzz (see ordermill clean --help)"},
        {"clean a.cfg --chunk-size 0", "--chunk-size 0: expected a size from 1B to 1GiB"},
        {"clean a.cfg --chunk-size 1073741825", "--chunk-size 1073741825: expected a size from 1B to 1GiB"},
        {"clean a.cfg --chunk-size big", "--chunk-size big: expected a size such as 64B, 4KiB, 8MiB or 1GiB"},
        {"clean a.cfg --memory 1048575", "--memory 1048575: expected at least 1MiB"},
        {"clean a.cfg --transport pigeon", "--transport pigeon: expected auto, reference or inline"},
        {"clean a.cfg --gather some", "--gather some: expected auto, never or always"},
        {"clean a.cfg --resume --force",
         "--resume continues an unfinished run and --force discards it: give only one of them"},
        {"clean a.cfg --checkpoint 0", "--checkpoint 0: expected a number of seconds above 0"},
        {"clean a.cfg --lease 2.9", "--lease 2.9: expected at least 3 seconds"},
        {"clean a.cfg --progress -1",
         "--progress -1: expected a number of seconds, or 0 for no progress lines"},
        {"clean a.cfg --expect-ranks 0", "--expect-ranks 0: expected at least 1"},
        {"clean a.cfg --log-level warnin",
         "--log-level warnin: expected trace, debug, info, warning, error or off; did you mean warning?"},
        {"plan", "plan needs a job file: ordermill plan JOB.cfg --input FILES (see ordermill plan --help)"},
        {"explain", "explain needs a job file: ordermill explain JOB.cfg (see ordermill explain --help)"},
        {"try", "try needs a job file: ordermill try JOB.cfg --input FILE (see ordermill try --help)"},
        {"generate",
         "generate needs --output FILE, or - for standard output (see ordermill generate --help)"},
        {"generate a.csv",
         "generate: unexpected argument; each value needs its option before it (see ordermill "
         "generate --help)"},
        {"study a.cfg --weak --output x",
         "study --weak needs --input FILES: each worker gets these inputs once"},
        {"run --restarts 1 -- clean a.cfg -",
         "run --restarts needs files as inputs: standard input can't be read a second time"},
    };
    for (const Case& c : cases) {
        INFO(c.typed);
        CHECK(refusal(c.typed) == c.sentence);
    }
}

TEST_CASE("sizes: units are powers of 1024, and nothing wraps") {
    struct Case {
        const char* text;
        std::uint64_t bytes;
    };
    const std::uint64_t kibi = 1024;
    const Case cases[] = {{"0", 0},
                          {"64B", 64},
                          {"4KiB", 4 * kibi},
                          {"4k", 4 * kibi},
                          {"4K", 4 * kibi},
                          {"8MiB", 8 * kibi * kibi},
                          {"8m", 8 * kibi * kibi},
                          {"8M", 8 * kibi * kibi},
                          {"3GiB", 3 * kibi * kibi * kibi},
                          {"3g", 3 * kibi * kibi * kibi},
                          {"17179869183GiB", UINT64_MAX - (kibi * kibi * kibi - 1)},
                          {"18446744073709551615", UINT64_MAX}};
    for (const Case& c : cases) {
        INFO(c.text);
        CHECK(parse_size(c.text, "--memory") == c.bytes);
    }
    for (const char* wrong : {"", "B", "x", "-1", "1.5MiB", "1 MiB", "1TiB", "1mib", "17179869184GiB",
                              "18446744073709551616", "17179869185GiB"}) {
        INFO(wrong);
        CHECK_THROWS_AS(parse_size(wrong, "--memory"), UsageError);
    }
}

TEST_CASE("help is printed wherever --help stands, and each command has its own") {
    for (const char* command : {"clean", "run", "plan", "explain", "try", "study", "generate"}) {
        INFO(command);
        const std::string name(command);
        const std::string help = std::get<Printed>(parsed(name + " --help")).text;
        CHECK(help.starts_with("ordermill " + name + ' '));
        CHECK(help.find("Usage:\n") != std::string::npos);
        CHECK(help.find("Example") != std::string::npos);
        CHECK(help.find("Exit codes:") != std::string::npos);
        CHECK(std::get<Printed>(parsed("help " + name)).text == help);
        CHECK(std::get<Printed>(parsed("--help")).text.find("\n  " + name + ' ') != std::string::npos);
    }
}

TEST_CASE("the other commands' options") {
    const auto explain = std::get<ExplainOptions>(parsed("explain a.cfg b.csv --job"));
    CHECK(explain.as_job);
    CHECK(explain.request.inputs == std::vector<std::string>{"b.csv"});
    const auto preview = std::get<PreviewOptions>(parsed("try a.cfg -n 3 --scan 1KiB"));
    CHECK(preview.records == 3);
    CHECK(preview.bytes == 1024);
    CHECK(std::get<PreviewOptions>(parsed("try a.cfg")).records == 20);
    const auto generate = std::get<GenerateOptions>(parsed("generate -o x.csv"));
    CHECK(generate.orders == 1'000'000);
    CHECK(generate.seed == 7);
    CHECK(generate.output == "x.csv");
    const auto plan = std::get<PlanCommand>(parsed("plan a.cfg --memory 2MiB"));
    CHECK(plan.clean.request.memory == std::uint64_t{2} << 20);
}
