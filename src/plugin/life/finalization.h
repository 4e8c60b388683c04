// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

namespace orthanc_python {

// Writes what open files hold back, and has CPython finalized when the process ends. A plugin may start again meanwhile.
// `timeout` is how long the finalization may wait for the script, and `status` the exit status that Orthanc is expected to
// give.
void finalize_interpreter_with_process(std::chrono::milliseconds timeout, int status) noexcept;

}  // namespace orthanc_python
