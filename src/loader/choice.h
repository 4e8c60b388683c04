// SPDX-License-Identifier: GPL-3.0-or-later
// Which interpreter to use, and why.
#pragma once

#include <filesystem>
#include <string>

#include "interpreter.h"

namespace orthanc_python_loader {

// What the section "Python" of Orthanc's configuration asks for; empty members were not given.
struct wishes {
  bool script = false;              // whether there is a script to run at all
  std::string virtual_environment;  // "VirtualEnv": folder of a virtual environment
  std::string executable;           // "Executable": path of an interpreter
  std::string version;              // "Version": "3.13" or "3.13t"
};

struct choice {
  interpreter chosen;
  std::filesystem::path plugin;  // the plugin built for it
  std::string reason;            // such as "the setting \"VirtualEnv\""
};

// Reads the wishes from Orthanc's configuration, a JSON text. Throws std::runtime_error.
wishes read_wishes(const std::string& configuration);

// Looks, in this order, at the wishes, the virtual environment that the loader is installed in, the environment variable
// VIRTUAL_ENV, and the interpreters on PATH or in the Windows registry. A wish is taken or refused; the others are taken if they
// fit. Throws std::runtime_error with every interpreter found, what is wrong with it, and what to do.
choice choose_interpreter(const wishes& wished, const std::filesystem::path& loader);

}  // namespace orthanc_python_loader
