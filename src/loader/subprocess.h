// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace orthanc_python_loader {

// Runs a program and returns its standard output. Throws std::runtime_error when it cannot be started, fails, or takes longer
// than `patience`; then it is ended.
std::string run_and_read(const std::vector<std::string>& command, std::chrono::seconds patience);

}  // namespace orthanc_python_loader
