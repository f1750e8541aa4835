#pragma once

#include <string>
#include <string_view>

/// What people read on a terminal.
namespace ordermill::app {

/// The text with what could be more than text made visible, as `\xNN` a byte: control characters but tabs and
/// line ends, what turns the direction of writing, and bytes that aren't UTF-8. Names of files, hosts and
/// jobs are whatever somebody called them.
std::string printable(std::string_view text);

/// `ordermill: TEXT` and a line end to stderr, printable. A message that can't be written is lost: nobody is
/// there to hear it.
void say(std::string_view text);
/// Lines of their own, printable, to stderr.
void say_lines(std::string_view lines);

} // namespace ordermill::app
