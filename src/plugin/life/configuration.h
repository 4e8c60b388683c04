// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's part of Orthanc's configuration.
#pragma once

#include <string>
#include <vector>

#include "dashboard/routes.h"
#include "json.h"
#include "processes/worker/inherited_files.h"

namespace orthanc_python {

struct configuration {
  std::vector<std::string> scripts;  // "PythonScript", or "Path" of the section "Python"; empty: the plugin stays idle
  std::vector<std::string> modules;  // "Modules": imported before the scripts
  bool verbose;                      // "PythonVerbose" or "Verbose": CPython's -v
  int stop_timeout;                  // seconds that a stop waits for what the script still does
  bool metrics;                      // "Metrics": serve /python/metrics and the routes beside it
  dashboard_settings dashboard;      // "Dashboard"
  int slow_callback;                 // seconds after which a call is reported; 0: never
  bool allow_threads;                // release the GIL around SDK calls
  std::string virtual_environment;   // "VirtualEnv": folder of a virtual environment
  std::string version;               // "Version": of Python, such as "3.13"; empty: any
  json_value section;                // "Python", with the defaults
  std::vector<std::string> unknown;  // names in the section that no setting has
  orthancs_files files;              // what Orthanc itself opens
  std::string executable;            // the interpreter that the loader has picked; empty without a loader
};

// Read it from Orthanc. Throw std::runtime_error naming the setting whose value is refused.
configuration read_configuration();

}  // namespace orthanc_python
