// SPDX-License-Identifier: GPL-3.0-or-later
#include "bindings/header_text.h"

namespace orthanc_python {

void check_header(const char* argument, std::string_view text) {
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
      PyErr_Format(PyExc_ValueError, "%s is not valid in an HTTP header, because it has a line break or another control character: %R",
                   argument, to_text(text.data(), static_cast<Py_ssize_t>(text.size())).ptr());
      throw nb::python_error();
    }
  }
}

void check_headers(const char* argument, const string_map_view& headers) {
  for (std::uint32_t i = 0; i < headers.count(); ++i) {
    check_header(argument, headers.keys()[i]);
    check_header(argument, headers.values()[i]);
  }
}

}  // namespace orthanc_python
