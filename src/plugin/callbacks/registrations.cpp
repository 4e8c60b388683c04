// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/registrations.h"

#include "python_sources.h"

namespace orthanc_python {

namespace {

std::vector<registrations*>& kinds() {
  static std::vector<registrations*> all;
  return all;
}

}  // namespace

registrations::registrations() { kinds().push_back(this); }

std::vector<nb::object> registrations::all() const {
  std::vector<nb::object> result;
  const nb::ft_lock_guard lock(mutex_);
  result.reserve(callbacks_.size());
  for (PyObject* callback : callbacks_) {
    result.push_back(nb::borrow(callback));
  }
  return result;
}

void registrations::clear() noexcept {
  std::vector<PyObject*> dropped;
  {
    const nb::ft_lock_guard lock(mutex_);
    dropped.swap(callbacks_);
  }
  told_ = false;
  for (PyObject* callback : dropped) {
    Py_DECREF(callback);
  }
}

void drop_registrations() noexcept {
  for (registrations* kind : kinds()) {
    kind->clear();
  }
}

nb::object awaited(nb::object result) {
  return PyCoro_CheckExact(result.ptr()) ? nb::object(embedded_module("event_loop").attr("run")(result)) : result;
}

nb::object to_dict(std::uint32_t count, const char* const* keys, const char* const* values) {
  nb::dict result;
  for (std::uint32_t i = 0; i < count; ++i) {
    const nb::object key = to_text(keys[i]);
    const nb::object value = to_text(values[i]);
    if (PyDict_SetItem(result.ptr(), key.ptr(), value.ptr()) != 0) {
      throw nb::python_error();
    }
  }
  return result;
}

}  // namespace orthanc_python
