// SPDX-License-Identifier: GPL-3.0-or-later
#include "bindings/runtime/line_text.h"

#include <string>

#include "control_characters.h"
#include "embedded/python_sources.h"

namespace orthanc_python {

namespace {

[[noreturn]] void refuse_line(const char* argument, std::string_view text) {
  raise_error(PyExc_ValueError, "invalid %s, because it has a line break or another control character: %R", argument,
              to_text(text.data(), static_cast<Py_ssize_t>(text.size())).ptr());
}

}  // namespace

void check_line(const char* argument, std::string_view text) {
  const std::string copy(text);  // which ends with a NUL
  if (find_control(copy.c_str()) != copy.c_str() + copy.size()) {
    refuse_line(argument, text);
  }
}

const char* checked_line(const char* argument, const char* text) {
  if (text != nullptr && *find_control(text) != '\0') {
    refuse_line(argument, text);
  }
  return text;
}

void check_lines(const char* argument, const string_map_view& texts) {
  for (std::uint32_t i = 0; i < texts.count(); ++i) {
    checked_line(argument, texts.keys()[i]);
    checked_line(argument, texts.values()[i]);
  }
}

nb::object log_in_worker(const text& message) { return embedded_module("worker_module").attr("log")(to_text(message.c_str())); }

}  // namespace orthanc_python
