// SPDX-License-Identifier: GPL-3.0-or-later
#include "conversion/json_to_python.h"

#include <string>
#include <variant>

namespace orthanc_python {

namespace {

nb::object convert(std::nullptr_t) { return nb::none(); }

nb::object convert(bool value) { return nb::bool_(value); }

nb::object convert(const json_number& number) {
  const bool whole = number.text.find_first_of(".eE") == std::string::npos;
  return whole ? checked(PyLong_FromString(number.text.c_str(), nullptr, 10))
               : checked(PyFloat_FromString(to_text(number.text.c_str()).ptr()));
}

nb::object convert(const std::string& value) { return to_text(value.data(), static_cast<Py_ssize_t>(value.size())); }

nb::object convert(const json_value::array& values) {
  nb::list result;
  for (const json_value& value : values) {
    result.append(to_python(value));
  }
  return result;
}

nb::object convert(const json_value::object& members) {
  nb::dict result;
  for (const auto& [name, value] : members) {
    result[convert(name)] = to_python(value);
  }
  return result;
}

}  // namespace

nb::object to_python(const json_value& value) {
  return std::visit([](const auto& content) { return convert(content); }, value.content);
}

}  // namespace orthanc_python
