// SPDX-License-Identifier: GPL-3.0-or-later
// Warns of callbacks that take too long, while they run, and of changes that wait too long for their callbacks.
#pragma once

#include <atomic>
#include <chrono>

namespace orthanc_python {

// While it sleeps, whoever begins a call wakes it.
extern std::atomic<bool> watcher_sleeps;
void wake_watcher() noexcept;

// From now on, a call that has been running for so long is reported, with the Python stack of its thread; 0 ends that.
void watch_calls(std::chrono::seconds threshold);

}  // namespace orthanc_python
