// SPDX-License-Identifier: GPL-3.0-or-later
#include "life/finalization.h"

#include <utility>

#include "conversion/nanobind.h"
#include "embedded/python_sources.h"
#include "interpreter/signals.h"
#include "processes/process_end.h"
#include "sdk/errors.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// For what CPython's finalization runs, such as the exit functions of libraries, beyond the waits for the script.
constexpr milliseconds finalization_timeout = seconds(60);

// For all that comes after it: destructors of libraries.
constexpr milliseconds library_timeout = seconds(5);

milliseconds script_timeout{0};
int expected_status = 0;

void finalize() {
  static bool done = false;
  if (Py_IsInitialized() == 0 || std::exchange(done, true)) {
    return;
  }
  limit_process_end(script_timeout + finalization_timeout, expected_status);
  interpreter_gate().close(seconds(1));
  attach_to_finalize();
  bool alone = false;
  guarded_or_unraisable([&] { alone = nb::cast<bool>(embedded_module("shutdown").attr("before_finalization")()); });
  guarded_or_unraisable([] {
    if (nb::cast<bool>(embedded_module("threads").attr("is_any_running")())) {
      leave_out_destructors();
    }
  });
  cancel_timers();
  // A thread that does not end may hold a lock, for which a finalizer would wait for ever: seen with the executor of a process
  // pool.
  if (alone) {
    Py_FinalizeEx();
  }
  limit_process_end(library_timeout, expected_status);
}

}  // namespace

void finalize_interpreter_with_process(milliseconds timeout, int status) noexcept {
  script_timeout = timeout;
  expected_status = status;
  run_in_python(interpreter_gate(), [] { guarded_or_unraisable([] { embedded_module("shutdown").attr("clean_up")(); }); });
  // Before the destructors of this thread's thread_local objects: greenlet has one, and cannot be used after it.
  at_process_end(finalize);
}

}  // namespace orthanc_python
