// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace orthanc_python_loader {

// The program did not end in time.
class timeout_error : public std::runtime_error {
public:
  explicit timeout_error(std::chrono::seconds timeout)
      : std::runtime_error("it did not answer within " + std::to_string(timeout.count()) + " s") {}
};

// Run a program and return its standard output. Throw std::runtime_error when it cannot be started or fails. When it takes
// longer than `timeout`, end it and throw timeout_error.
std::string run_and_read(const std::vector<std::string>& command, std::chrono::seconds timeout);

}  // namespace orthanc_python_loader
