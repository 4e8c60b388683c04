// SPDX-License-Identifier: GPL-3.0-or-later
// Where interpreters may be.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "choice.h"

namespace orthanc_python_loader {

struct candidate {
  std::filesystem::path executable;
  std::string reason;  // where it comes from
  bool wished;         // the configuration names it: nothing else will do
};

// In the order in which they are to be tried. Throws std::runtime_error when the configuration names what does not exist.
std::vector<candidate> find_candidates(const wishes& wished, const std::filesystem::path& loader);

// Those that the system keeps a list of: the Windows registry (PEP 514); none elsewhere.
std::vector<candidate> registered_interpreters();

}  // namespace orthanc_python_loader
