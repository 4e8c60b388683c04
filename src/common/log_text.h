// SPDX-License-Identifier: GPL-3.0-or-later
// Texts for Orthanc's log. What a client sends may stand in a line of the log, but must not look like another line.
#pragma once

#include <string>

namespace orthanc_python {

// Return a text for one line: control characters are escaped, as "\n" and "\x1b", but for tabs. "" for NULL.
std::string one_line(const char* text);
inline std::string one_line(const std::string& text) { return one_line(text.c_str()); }

// A text of several lines, the later ones indented: none can look like one of Orthanc's lines. Other control characters are
// escaped.
class log_lines {
public:
  explicit log_lines(const char* text);
  const char* c_str() const noexcept { return given_ != nullptr ? given_ : changed_.c_str(); }

private:
  const char* given_;  // nullptr if it had to be changed
  std::string changed_;
};

}  // namespace orthanc_python
