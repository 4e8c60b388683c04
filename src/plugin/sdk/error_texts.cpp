// SPDX-License-Identifier: GPL-3.0-or-later
#include "sdk/error_texts.h"

#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>

#include "sdk_services.h"

namespace orthanc_python {

namespace {

struct known_texts {
  nb::ft_mutex mutex;
  std::map<std::pair<const char*, OrthancPluginErrorCode>, PyObject*> texts;  // kept for the life of the process
  std::unordered_map<PyObject*, const char*> functions;
};

known_texts& error_table() {
  static auto& all = *new known_texts;
  return all;
}

std::string text_in_words(const service& called, OrthancPluginErrorCode code) {
  if (code == OrthancPluginErrorCode_UnknownPluginService && std::strcmp(called.name, services::SetGlobalProperty.name) == 0) {
    return "SetGlobalProperty refuses this property, because those below 1024 are Orthanc's own: use 1024 or more";
  }
  if (code == OrthancPluginErrorCode_UnknownPluginService) {
    return std::string(called.name) + " needs " +
           (*called.since != '\0' ? "Orthanc " + std::string(called.since) + " or later" : "a later Orthanc") +
           "; this is Orthanc " + orthanc_version();
  }
  if (code == OrthancPluginErrorCode_NotImplemented && *called.needs_of_database != '\0') {
    return std::string(called.name) + " needs a database with " + called.needs_of_database +
           ": SQLite, or a newer plugin of the database, such as a newer PostgreSQL plugin";
  }
  const char* text = OrthancPluginGetErrorDescription(sdk(), code);
  return text == nullptr ? "" : text;
}

}  // namespace

nb::object text_of_error(const service& called, OrthancPluginErrorCode code) {
  const std::pair key(called.name, code);
  {
    const nb::ft_lock_guard lock(error_table().mutex);
    if (const auto found = error_table().texts.find(key); found != error_table().texts.end()) {
      return nb::borrow(found->second);
    }
  }
  const nb::object text = to_text(text_in_words(called, code).c_str());
  const nb::ft_lock_guard lock(error_table().mutex);
  const auto [place, added] = error_table().texts.try_emplace(key, text.ptr());
  if (added) {
    error_table().functions.emplace(text.ptr(), called.name);
    Py_INCREF(text.ptr());
  }
  return nb::borrow(place->second);
}

std::string failed_function(nb::handle error) {
  const nb::object arguments = error.attr("args");
  if (!PyTuple_Check(arguments.ptr()) || PyTuple_GET_SIZE(arguments.ptr()) != 2) {
    return {};
  }
  const nb::ft_lock_guard lock(error_table().mutex);
  const auto found = error_table().functions.find(PyTuple_GET_ITEM(arguments.ptr(), 1));
  return found == error_table().functions.end() ? "" : found->second;
}

}  // namespace orthanc_python
