// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/subprocess.h"

#include <system_error>

#include "system/error_text.h"

namespace orthanc_python_loader {

namespace {

constexpr std::size_t longest_answer = 1u << 16;  // a program may write without end

}  // namespace

std::string run_and_read(const std::vector<std::string>& command, std::chrono::seconds timeout) {
  std::string output;
  switch (run_program(command, output, longest_answer, timeout)) {
    case program_end::succeeded: return output;
    case program_end::too_long: throw std::runtime_error("it writes too much when asked for its version");
    case program_end::too_late: throw timeout_error(timeout);
    case program_end::failed: break;
  }
  throw std::runtime_error("it failed when asked for its version");
}

std::runtime_error system_failure(const std::string& what, int code) {
  return std::runtime_error(what + ": " + orthanc_python::error_text({code, std::system_category()}));
}

}  // namespace orthanc_python_loader
