// SPDX-License-Identifier: GPL-3.0-or-later
// The functions a script has registered for one kind of callback, in order.
#pragma once

#include <atomic>
#include <utility>
#include <vector>

#include "bindings/runtime/arguments.h"
#include "conversion/nanobind.h"
#include "metrics/calls/measured_call.h"
#include "sdk/errors.h"
#include "sdk/sdk.h"
#include "threads/python_thread.h"

namespace orthanc_python {

// A callable argument; anything else is a TypeError.
struct callback_argument {
  static constexpr const char* name = "callable";
  static constexpr bool accepts_none = false;
  static bool accepts(PyObject* object) noexcept { return PyCallable_Check(object) != 0; }
  PyObject* object = nullptr;
};

// Used with a thread state attached, but for its construction; the lock is for free-threaded CPython, with a GIL it is none.
class registrations {
public:
  // `kind` is that of the callbacks in the metrics, such as "rest". Without one they are not measured.
  explicit registrations(const char* kind = nullptr);

  // Keeps a callback and the line of the script that is being run; its index. The metrics name it after `named`, if given.
  std::size_t add(PyObject* callback, const char* kind, PyObject* named = nullptr);
  std::size_t add(PyObject* callback, PyObject* named = nullptr) { return add(callback, kind_, named); }

  // Keeps a callback; at the first one after each initialization of the plugin, `tell_orthanc` registers the C function. Where
  // that raises, the callback is not kept.
  template <class F> void add(const callback_argument& callback, F&& tell_orthanc) {
    add(callback.object);
    if (!told_.exchange(true)) {
      try {
        tell_orthanc();
      } catch (...) {
        told_ = false;
        remove(callback.object);
        throw;
      }
    }
  }

  std::size_t size() const noexcept {
    const nb::ft_lock_guard lock(mutex_);
    return callbacks_.size();
  }

  // None where there is none, as for a callback that outlives the stop's timeout.
  registered_function at(std::size_t index) const;

  // A copy, because a callback may register another.
  std::vector<registered_function> all() const;

  // Has each callback called as `wrapper(callback, kind, name, place)` returns it. Raises what it raises.
  void wrap(nb::handle wrapper);

  // Forgets everything.
  void clear() noexcept;

private:
  struct entry {  // of references, but not nb::object: the process's end destroys this after Python has gone
    PyObject* callback;
    PyObject* function;  // what is called: the callback, or what wraps it
    PyObject* place;
    callback_record* record;  // nullptr where the callback is not measured
    bool is_scripts_own;      // the callback, and not an object of the plugin
  };

  void remove(PyObject* callback) noexcept;
  static void drop(const entry& dropped) noexcept;

  const char* const kind_;
  std::vector<entry> callbacks_;
  std::atomic<bool> told_{false};
  mutable nb::ft_mutex mutex_;
};

// Where the script is that is being run, such as "script.py:12"; None if none is.
nb::object script_place();

// The record of a function or an object of the script. `place` is for one that does not say where it is defined. nullptr
// where there is no memory.
callback_record* record_for(const char* kind, nb::handle function, nb::handle place) noexcept;

// Has the script's functions of every kind called as `wrapper(function, kind, name, place)` returns them, and those that it
// registers later, until they are dropped. Kind, name and place are those of the metrics. Raises what it raises.
void wrap_registrations(nb::handle wrapper);

// Forgets what the script has registered, of every kind.
void drop_registrations() noexcept;

// Return the result of the coroutine of an `async def` callback, also of a coroutine of a compiler such as Cython; any other
// result as it is, also a future. Throw nb::python_error.
nb::object awaited(nb::object result);

// The result of a callback. Throws nb::python_error.
template <class... Arguments> nb::object call_python(const measured_call& call, Arguments... arguments) {
  PyObject* list[] = {nullptr, arguments...};
  nb::object result = awaited(
      checked(PyObject_Vectorcall(call.function(), list + 1, sizeof...(arguments) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr)));
  call.note_return();
  return result;
}

// Return whether a result is a generator, of CPython or of a compiler such as Cython, or an asynchronous one.
bool is_generator(nb::handle result) noexcept;

// Throws nb::python_error if a callback that gives no result is a generator function: the call has run nothing of it.
void refuse_generator(const nb::object& result);

// Calls a callback that gives no result. Throws nb::python_error.
template <class... Arguments> void run_python(const measured_call& call, Arguments... arguments) {
  refuse_generator(call_python(call, arguments...));
}

// A dict from the SDK's two arrays. Of a key given twice the last value stays.
nb::object to_dict(std::uint32_t count, const char* const* keys, const char* const* values);

}  // namespace orthanc_python
