// SPDX-License-Identifier: GPL-3.0-or-later
#include "bindings/results.h"

#include <memory>

namespace orthanc_python {

nb::object owned_text(const service& called, char* value) {
  if (value == nullptr) {
    const OrthancPluginErrorCode code = service_error();
    raise_orthanc_exception(called, code == OrthancPluginErrorCode_Success ? OrthancPluginErrorCode_InternalError : code);
  }
  const auto free_string = [](char* text) { OrthancPluginFreeString(sdk(), text); };
  const std::unique_ptr<char, decltype(free_string)> guard(value, free_string);
  return to_text(value);
}

nb::object borrowed_text(const char* value) { return value == nullptr ? nb::none() : to_text(value); }

}  // namespace orthanc_python
