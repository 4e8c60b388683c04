// SPDX-License-Identifier: GPL-3.0-or-later
// Worker processes are forks of Orthanc (multiprocessing): they have its memory, but neither its threads nor its right to call
// it.
#pragma once

namespace orthanc_python {

// True in a process forked from the one that loaded the plugin.
bool in_worker_process() noexcept;

// End a worker process whose callback has returned: only Orthanc's own process can go on in Orthanc.
[[noreturn]] void end_worker_process(int status) noexcept;

// Has worker processes recognised from now on.
void watch_forks() noexcept;

}  // namespace orthanc_python
