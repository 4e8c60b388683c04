// SPDX-License-Identifier: GPL-3.0-or-later
// The four functions that Orthanc calls. The first picks an interpreter and opens the plugin built for it, then all pass the
// calls on to that plugin.
#include <orthanc/OrthancCPlugin.h>

#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "about.h"
#include "log_text.h"
#include "platform/shared_library.h"
#include "search/choice.h"
#include "settings/unknown_settings.h"
#include "system/paths.h"
#include "system/process_environment.h"
#include "system/unwinder.h"

namespace orthanc_python_loader {

namespace {

struct loaded_plugin {
  choice picked;
  std::int32_t (*initialize)(OrthancPluginContext*);
  void (*finalize)();
};

// Kept for the life of the process: CPython cannot be exchanged in it (Orthanc's /tools/reset initializes plugins again).
std::optional<loaded_plugin> loaded;
bool initialized = false;

std::string orthanc_configuration(OrthancPluginContext* context) {
  char* text = OrthancPluginGetConfiguration(context);
  if (text == nullptr) {
    throw std::runtime_error("Orthanc does not give its configuration");
  }
  std::string result(text);
  OrthancPluginFreeString(context, text);
  return result;
}

// libpython is closed again if the plugin cannot be opened: the next one's symbols would come second to its own.
loaded_plugin load(const choice& picked) {
  void* python = open_library(picked.chosen.library, true);
  try {
    void* library = open_library(picked.plugin, false);
    loaded_plugin result{
        picked, reinterpret_cast<std::int32_t (*)(OrthancPluginContext*)>(find_function(library, "OrthancPluginInitialize")),
        reinterpret_cast<void (*)()>(find_function(library, "OrthancPluginFinalize"))};
    pin_library(picked.chosen.library);
    pin_library(picked.plugin);
    return result;
  } catch (...) {
    close_library(python);
    throw;
  }
}

void start(OrthancPluginContext* context) {
  const wishes wished = read_wishes(orthanc_configuration(context));
  if (!wished.script) {
    for (const std::string& warning : orthanc_python::warnings_of_unknown(wished.unknown)) {  // else the plugin logs them
      OrthancPluginLogWarning(context, warning.c_str());
    }
    OrthancPluginLogWarning(
        context,
        "Python: no script is configured, so the plugin does nothing; set \"PythonScript\", or the \"Path\" or the "
        "\"Modules\" of the section \"Python\"");
    return;
  }
  if (!loaded) {
    pin_this_library();
    const choice picked = choose_interpreter(wished, this_library(), [](const choice& each) { loaded = load(each); });
    for (const refusal& each : picked.refused) {
      const std::string text = "Python: an interpreter cannot be used, found by " + orthanc_python::one_line(each.text);
      (each.unexpected ? OrthancPluginLogWarning : OrthancPluginLogInfo)(context, text.c_str());
    }
    const std::string text = "Python: using " + describe(loaded->picked.chosen) + ", found by " + loaded->picked.reason;
    OrthancPluginLogWarning(context, orthanc_python::one_line(text).c_str());
  }
  orthanc_python::set_environment("ORTHANC_PYTHON_EXECUTABLE", orthanc_python::text_of(loaded->picked.chosen.executable));
  if (loaded->initialize(context) != 0) {
    throw std::runtime_error("the plugin for it has failed");
  }
  initialized = true;
}

}  // namespace

}  // namespace orthanc_python_loader

extern "C" {

ORTHANC_PLUGINS_API int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
  orthanc_python::prepare_to_catch();
  try {
    OrthancPluginLogInfo(context, orthanc_python::about);
    orthanc_python_loader::start(context);
    return 0;
  } catch (const std::exception& error) {
    const std::string text = std::string("Python: the plugin cannot start: ") + error.what();
    OrthancPluginLogError(context, orthanc_python::log_lines(text.c_str()).c_str());
  } catch (...) {  // such as those that Orthanc lets through (system/unwinder.h)
    OrthancPluginLogError(context, "Python: the plugin cannot start");
  }
  return -1;
}

ORTHANC_PLUGINS_API void OrthancPluginFinalize() {
  if (std::exchange(orthanc_python_loader::initialized, false)) {
    orthanc_python_loader::loaded->finalize();
  }
}

ORTHANC_PLUGINS_API const char* OrthancPluginGetName() { return "python"; }

ORTHANC_PLUGINS_API const char* OrthancPluginGetVersion() { return ORTHANC_PYTHON_VERSION; }

}  // extern "C"
