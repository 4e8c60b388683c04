// SPDX-License-Identifier: GPL-3.0-or-later
// Worker processes are forks of Orthanc (multiprocessing): they have its memory, but neither its threads nor its right to call
// it.
#pragma once

namespace orthanc_python {

// True in a process forked from the one that loaded the plugin.
bool in_worker_process() noexcept;

// End a worker process whose callback has returned: only Orthanc's own process can go on in Orthanc.
[[noreturn]] void end_worker_process(int status) noexcept;

// Made before a callback, to end a process that the callback forks.
class fork_guard {
public:
  void after_callback() const noexcept {
    if (in_orthanc_ && in_worker_process()) {
      end_worker_process(0);
    }
  }

private:
  const bool in_orthanc_ = !in_worker_process();
};

// Has worker processes recognised from now on.
void watch_forks() noexcept;

}  // namespace orthanc_python
