// SPDX-License-Identifier: GPL-3.0-or-later
// What Orthanc's configuration says to this plugin.
#pragma once

#include <string>
#include <vector>

#include "json.h"
#include "platform/inherited_files.h"

namespace orthanc_python {

struct configuration {
  std::vector<std::string> scripts; // "PythonScript", or "Path" of the section "Python"; empty: the plugin stays idle
  bool verbose = false;             // "PythonVerbose" or "Verbose": CPython's -v
  int stop_timeout = 10;            // seconds that a stop waits for what the script still does
  bool allow_threads = true;        // release the GIL around SDK calls
  std::string virtual_environment;  // "VirtualEnv": folder of a virtual environment
  json_value section;               // "Python" as it is; null if there is none
  orthancs_files files;             // what Orthanc itself opens
  std::string executable;           // the interpreter that the loader has picked; empty without a loader
};

// Reads it from Orthanc. Throws std::runtime_error naming the setting with the wrong type.
configuration read_configuration();

}  // namespace orthanc_python
