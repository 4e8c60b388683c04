// SPDX-License-Identifier: GPL-3.0-or-later
// Where interpreters may be.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "search/wishes.h"

namespace orthanc_python_loader {

struct candidate {
  std::filesystem::path executable;
  std::string reason;        // where it comes from
  bool wished = false;       // the configuration names it
  std::string problem = {};  // why it cannot even be asked; empty if it can
};

// Return them in the order in which they are to be tried; one alone when the configuration names it. Throw std::runtime_error
// when the configuration names what does not exist or what this account cannot use.
std::vector<candidate> find_candidates(const wishes& wished, const std::filesystem::path& loader);

// Return those that the Windows registry knows (PEP 514), later versions first, free-threaded ones last; none on other systems.
std::vector<candidate> registered_interpreters();

}  // namespace orthanc_python_loader
