// SPDX-License-Identifier: GPL-3.0-or-later
// The four functions that Orthanc calls.
#include <exception>

#include "life/plugin.h"
#include "sdk/sdk.h"

extern "C" {

ORTHANC_PLUGINS_API int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
  try {
    orthanc_python::start_plugin(context);
    return 0;
  } catch (const std::exception& error) {
    orthanc_python::log_error(std::string("Python: the plugin cannot start: ") + error.what());
  } catch (...) {
    orthanc_python::log_error("Python: the plugin cannot start");
  }
  orthanc_python::stop_plugin();
  return -1;
}

ORTHANC_PLUGINS_API void OrthancPluginFinalize() { orthanc_python::stop_plugin(); }

ORTHANC_PLUGINS_API const char* OrthancPluginGetName() { return "python"; }

ORTHANC_PLUGINS_API const char* OrthancPluginGetVersion() { return ORTHANC_PYTHON_VERSION; }

}  // extern "C"
