// SPDX-License-Identifier: GPL-3.0-or-later
// The functions a script has registered for one kind of callback, in order.
#pragma once

#include <atomic>
#include <utility>
#include <vector>

#include "bindings/runtime/arguments.h"
#include "conversion/nanobind.h"
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
  registrations();

  // Keeps a callback and the line of the script that is being run; its index.
  std::size_t add(PyObject* callback);

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

  // None where there is none, as for a callback that outlives the stop's patience.
  registered_function at(std::size_t index) const;

  // A copy, because a callback may register another.
  std::vector<registered_function> all() const;

  // Forgets everything.
  void clear() noexcept;

private:
  struct entry {  // of references, but not nb::object: the process's end destroys this after Python has gone
    PyObject* function;
    PyObject* place;
  };

  void remove(PyObject* callback) noexcept;
  static void drop(const entry& dropped) noexcept;

  std::vector<entry> callbacks_;
  std::atomic<bool> told_{false};
  mutable nb::ft_mutex mutex_;
};

// Where the script is that is being run, such as "script.py:12"; None if none is.
nb::object script_place();

// Forgets what the script has registered, of every kind.
void drop_registrations() noexcept;

// What the coroutine of a callback that is written as `async def` returns; any other result as it is. Throws nb::python_error.
nb::object awaited(nb::object result);

// The result of a callback. Throws nb::python_error.
template <class... Arguments> nb::object call_python(nb::handle callback, Arguments... arguments) {
  PyObject* list[] = {nullptr, arguments...};
  return awaited(
      checked(PyObject_Vectorcall(callback.ptr(), list + 1, sizeof...(arguments) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr)));
}

// Throws nb::python_error if a callback that gives no result is a generator function: the call has run nothing of it.
void refuse_generator(const nb::object& result);

// Calls a callback that gives no result. Throws nb::python_error.
template <class... Arguments> void run_python(nb::handle callback, Arguments... arguments) {
  refuse_generator(call_python(callback, arguments...));
}

// A dict from the SDK's two arrays. Of a key given twice the last value stays.
nb::object to_dict(std::uint32_t count, const char* const* keys, const char* const* values);

}  // namespace orthanc_python
