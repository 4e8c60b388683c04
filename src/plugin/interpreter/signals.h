// SPDX-License-Identifier: GPL-3.0-or-later
// CPython's set-up of signals, without handlers: the handlers are Orthanc's.
#pragma once

namespace orthanc_python {

// Ignores those that would end the process where Python raises BrokenPipeError or OSError.
void ignore_signals_as_python() noexcept;

// Stop the timers that a script has set: without Python's handlers, their signals would end the process.
void cancel_timers() noexcept;

// Return whether there are handlers for signals that end Orthanc. It sets them when it has started, and takes them away when it
// begins to stop. True where that cannot be seen.
bool orthanc_waits_for_signals() noexcept;

}  // namespace orthanc_python
