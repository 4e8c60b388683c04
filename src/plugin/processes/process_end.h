// SPDX-License-Identifier: GPL-3.0-or-later
// The end of the process, after the plugin's finalization.
#pragma once

#include <chrono>

namespace orthanc_python {

// Has function() called when the process ends in order: before the thread_local objects of the calling thread are destroyed, if
// it is that thread which ends the process. What was registered last is called first, so this is called at each end of the
// plugin.
void at_process_end(void (*function)()) noexcept;

// End the process if it is still there after that time. A later call replaces the time of an earlier one. The exit status is
// the one that Orthanc has given, or `otherwise` as long as that is unknown.
void limit_process_end(std::chrono::milliseconds timeout, int otherwise) noexcept;

// End the process without the destructors of libraries, when Orthanc has ended it. A thread of the script that computes in a
// library such as OpenBLAS cannot be stopped, and the library's destructor would free the memory in which it works.
void leave_out_destructors() noexcept;

}  // namespace orthanc_python
