// SPDX-License-Identifier: GPL-3.0-or-later
// A thread of the plugin for what may run the script's code, but must not run where Orthanc holds one of its locks: that
// code may call Orthanc, and would wait for the lock for ever.
#pragma once

#include <chrono>

#include "conversion/nanobind.h"

namespace orthanc_python {

// Drop a reference on the background thread, because that may call a __del__. Needs no GIL. Ignore NULL.
void drop_in_background(PyObject* reference) noexcept;

// Waits until all these references are dropped, for as long as `timeout`.
void finish_background(std::chrono::milliseconds timeout) noexcept;

// Keeps Python's garbage collection out of a scope in which Orthanc may hold a lock, because it calls the __del__ of any
// object. Instead it runs now and then on the background thread, because a script may allocate in such scopes only. Made and
// destroyed with the GIL: as soon as the thread has it, and as the last before the thread returns to Orthanc.
class uncollected_scope {
public:
  uncollected_scope() noexcept;
  ~uncollected_scope();
  uncollected_scope(const uncollected_scope&) = delete;
  uncollected_scope& operator=(const uncollected_scope&) = delete;
};

// Lets a collection that is due run on the background thread while such scopes are open: one of them may hang. Called with the
// GIL.
void collect_beside_scopes() noexcept;

// Replaces gc.enable(), gc.disable() and gc.isenabled() by functions that set and return the choice of the script. In such a
// scope it applies from the end on.
void init_collection();

// Called in a forked worker, where the threads of open scopes are not.
void leave_uncollected_scopes() noexcept;

}  // namespace orthanc_python
