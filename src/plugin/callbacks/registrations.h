// SPDX-License-Identifier: GPL-3.0-or-later
// The functions a script has registered for one kind of callback, in order.
#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "bindings/arguments.h"
#include "errors.h"
#include "nanobind.h"
#include "python_thread.h"
#include "sdk.h"

namespace orthanc_python {

// A callable argument; anything else is a TypeError.
struct callback_argument {
  static constexpr auto name = nb::detail::const_name("Callable");
  static bool accepts(PyObject* object) noexcept { return PyCallable_Check(object) != 0; }
  PyObject* object = nullptr;
};

// Used with a thread state attached, but for its construction; the lock is for free-threaded CPython, with a GIL it is none.
class registrations {
public:
  registrations();

  // Keeps a callback; its index.
  std::size_t add(PyObject* callback) {
    const nb::ft_lock_guard lock(mutex_);
    callbacks_.push_back(nb::borrow(callback).release().ptr());
    return callbacks_.size() - 1;
  }

  // Keeps a callback; at the first one after each initialization of the plugin, `tell_orthanc` registers the C function.
  template <class F> void add(const callback_argument& callback, F&& tell_orthanc) {
    add(callback.object);
    if (!told_.exchange(true)) {
      tell_orthanc();
    }
  }

  std::size_t size() const noexcept {
    const nb::ft_lock_guard lock(mutex_);
    return callbacks_.size();
  }

  // None, which cannot be called, once they have been dropped: a stop waits for running callbacks, but not for ever.
  nb::object at(std::size_t index) const {
    const nb::ft_lock_guard lock(mutex_);
    return index < callbacks_.size() ? nb::borrow(callbacks_[index]) : nb::none();
  }

  // A copy, because a callback may register another.
  std::vector<nb::object> all() const;

  // Forgets everything.
  void clear() noexcept;

private:
  std::vector<PyObject*> callbacks_;  // not nb::object: the process's end destroys this after Python has gone
  std::atomic<bool> told_{false};
  mutable nb::ft_mutex mutex_;
};

// Forgets what the script has registered, of every kind.
void drop_registrations() noexcept;

// A new tuple or None-checked result of a Python call. Throws nb::python_error.
template <class... Arguments> nb::object call_python(nb::handle callback, Arguments... arguments) {
  PyObject* list[] = {nullptr, arguments...};
  PyObject* result =
      PyObject_Vectorcall(callback.ptr(), list + 1, sizeof...(arguments) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  if (result == nullptr) {
    throw nb::python_error();
  }
  return nb::steal(result);
}

// A dict from the SDK's two arrays. Of a key given twice the last value stays.
nb::object to_dict(std::uint32_t count, const char* const* keys, const char* const* values);

}  // namespace orthanc_python

namespace nanobind::detail {

template <>
struct type_caster<orthanc_python::callback_argument> : orthanc_python::argument_caster<orthanc_python::callback_argument> {};

}  // namespace nanobind::detail
