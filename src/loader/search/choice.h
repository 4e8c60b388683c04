// SPDX-License-Identifier: GPL-3.0-or-later
// Which interpreter to use, and why.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "search/interpreter.h"
#include "search/wishes.h"

namespace orthanc_python_loader {

struct refusal {
  std::string text;
  bool unexpected = false;  // it should have been usable
};

struct choice {
  interpreter chosen;
  std::filesystem::path plugin;  // the plugin built for it
  std::string reason;            // such as "the setting \"VirtualEnv\""
  std::vector<refusal> refused;  // of interpreters before it
};

// Open the libraries of a choice. Throws std::runtime_error, and has then no effect.
using open_choice = std::function<void(const choice&)>;

// Take the first interpreter that fits and whose libraries can be opened, in this order: the wishes, the virtual environment
// that the loader is installed in, the environment variable VIRTUAL_ENV, PATH, and the Windows registry. Only a wished one is
// tried, if there is one. Throw std::runtime_error with every interpreter found, what is wrong with it, and what to do.
choice choose_interpreter(const wishes& wished, const std::filesystem::path& loader, const open_choice& open);

}  // namespace orthanc_python_loader
