// SPDX-License-Identifier: GPL-3.0-or-later
// The interpreter that Orthanc's configuration asks for.
#pragma once

#include <string>
#include <vector>

namespace orthanc_python_loader {

// From the section "Python"; empty members were not given.
struct wishes {
  bool script = false;               // whether there is a script to run at all
  std::string virtual_environment;   // "VirtualEnv": folder of a virtual environment
  std::string executable;            // "Executable": path of an interpreter
  std::string version;               // "Version": "3.13" or "3.13t"
  std::vector<std::string> unknown;  // names in the section that no setting has
};

// Read the wishes from Orthanc's configuration, a JSON text. Throw std::runtime_error.
wishes read_wishes(const std::string& configuration);

}  // namespace orthanc_python_loader
