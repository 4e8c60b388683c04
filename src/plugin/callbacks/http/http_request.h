// SPDX-License-Identifier: GPL-3.0-or-later
// The keyword arguments by which callbacks get an HTTP request.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "conversion/nanobind.h"
#include "metrics/calls/measured_call.h"
#include "sdk/sdk.h"

namespace orthanc_python {

// "GET", "POST", "PUT" or "DELETE".
nb::object method_name(OrthancPluginHttpMethod method);

// A vectorcall with positional and keyword arguments: no dict is built for a callback that takes **request, CPython does that.
class keyword_call {
public:
  void positional(nb::object value) { push(std::move(value)), ++positional_; }

  // `name` must be a string literal.
  void keyword(const char* name, nb::object value);

  // Throws nb::python_error.
  nb::object operator()(const measured_call& measured) const;

private:
  static constexpr std::size_t capacity = 12;

  void push(nb::object value) { arguments_[1 + count_++] = std::move(value); }

  std::array<nb::object, capacity + 1> arguments_;  // the first stays free, for the callee
  std::array<nb::object, capacity> names_;
  std::size_t count_ = 0;
  std::size_t positional_ = 0;
};

}  // namespace orthanc_python
