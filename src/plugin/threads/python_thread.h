// SPDX-License-Identifier: GPL-3.0-or-later
// How Orthanc's threads run Python. Each gets, at its first callback, a thread state and a large stack of its own, and keeps
// them until it ends. A thread state made for each callback would halve the speed, and CPython does not fit on Orthanc's
// stacks.
#pragma once

#include <memory>
#include <type_traits>

#include "conversion/nanobind.h"
#include "threads/empty_context.h"
#include "threads/gate.h"

namespace orthanc_python {

// Open while Python may be entered: from the interpreter's start until its finalization begins.
gate& interpreter_gate() noexcept;

// Open while callbacks may run: from the plugin's initialization until its finalization.
gate& callback_gate() noexcept;

// Gives the GIL up, and notes the thread state: a callback on this thread runs with it meanwhile. What the
// PyGILState functions say of a thread is wrong once there has been a sub-interpreter.
PyThreadState* detach() noexcept;

// Takes the GIL back, for a thread that may be late: once finalization has begun it never returns, because CPython would end
// the thread by unwinding its stack (until 3.13), right through functions that cannot be unwound.
void attach(PyThreadState* state) noexcept;

// How many threads of Orthanc or of the plugin wait for the GIL, or are late after finalization has begun.
int threads_waiting_for_gil() noexcept;

// Keep and give up the thread state of the thread that has started the interpreter, at the end of that start.
void detach_main_thread() noexcept;

// Takes the GIL on the thread that ends the process, when the interpreter's gate is closed.
void attach_to_finalize() noexcept;

// Gives the GIL up for the length of a scope, in which this thread may wait.
class released_gil {
public:
  released_gil() noexcept : state_(detach()) {}
  ~released_gil() { attach(state_); }
  released_gil(const released_gil&) = delete;
  released_gil& operator=(const released_gil&) = delete;

private:
  PyThreadState* state_;
};

// Whether Python's garbage collection may run during a call.
enum class collection { allowed, excluded };

// Run function(argument) with the GIL, on a stack large enough, on this thread. It must not throw. Return false, without having
// run it, when the gate is closed or memory is short. May be nested, and may be called from Python's own threads.
bool run_in_python(gate& passed, void (*function)(void*), void* argument, collection garbage = collection::allowed) noexcept;

template <class F> bool run_in_python(gate& passed, F&& function, collection garbage = collection::allowed) noexcept {
  using plain = std::remove_reference_t<F>;
  return run_in_python(
      passed, [](void* argument) { (*static_cast<plain*>(argument))(); },
      const_cast<void*>(static_cast<const void*>(std::addressof(function))), garbage);
}

// Run a callback of the script: run_in_python at the callbacks' gate, in an empty context.
template <class F> bool run_callback(F&& function, collection garbage = collection::allowed) noexcept {
  return run_in_python(
      callback_gate(),
      [&] {
        const empty_context context;
        function();
      },
      garbage);
}

// Run a callback during which Orthanc may hold a lock: without garbage collection for as long as the thread has the GIL.
template <class F> bool run_uncollected_callback(F&& function) noexcept { return run_callback(function, collection::excluded); }

}  // namespace orthanc_python
