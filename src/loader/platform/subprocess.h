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

// The rest is for the files of the systems.

enum class program_end { succeeded, failed, too_long, too_late };

// Start a program and wait for its end. End it, with the processes that it has started, when its output gets longer than `most`
// bytes or its time is over. Throw std::runtime_error when it cannot be started.
program_end run_program(const std::vector<std::string>& command, std::string& output, std::size_t most,
                        std::chrono::seconds timeout);

constexpr const char* no_pipe = "no pipe";
constexpr const char* cannot_be_run = "it cannot be run";

// Return the error of a call of the system that failed with this code.
std::runtime_error system_failure(const std::string& what, int code);

}  // namespace orthanc_python_loader
