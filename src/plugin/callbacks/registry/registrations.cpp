// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/registry/registrations.h"

#include <algorithm>
#include <iterator>

#include "embedded/python_sources.h"

namespace orthanc_python {

namespace {

std::vector<registrations*>& kinds() {
  static std::vector<registrations*> all;
  return all;
}

}  // namespace

registrations::registrations() { kinds().push_back(this); }

std::size_t registrations::add(PyObject* callback) {
  nb::object place = script_place();
  const nb::ft_lock_guard lock(mutex_);
  callbacks_.push_back({callback, place.ptr()});
  Py_INCREF(callback);
  place.release();
  return callbacks_.size() - 1;
}

registered_function registrations::at(std::size_t index) const {
  const nb::ft_lock_guard lock(mutex_);
  if (index >= callbacks_.size()) {
    return {};
  }
  return {nb::borrow(callbacks_[index].function), nb::borrow(callbacks_[index].place)};
}

std::vector<registered_function> registrations::all() const {
  std::vector<registered_function> result;
  const nb::ft_lock_guard lock(mutex_);
  result.reserve(callbacks_.size());
  for (const entry& each : callbacks_) {
    result.push_back({nb::borrow(each.function), nb::borrow(each.place)});
  }
  return result;
}

void registrations::drop(const entry& dropped) noexcept {
  Py_DECREF(dropped.function);
  Py_DECREF(dropped.place);
}

void registrations::remove(PyObject* callback) noexcept {
  entry removed{};
  {
    const nb::ft_lock_guard lock(mutex_);
    const auto found =
        std::find_if(callbacks_.rbegin(), callbacks_.rend(), [&](const entry& each) { return each.function == callback; });
    if (found == callbacks_.rend()) {
      return;
    }
    removed = *found;
    callbacks_.erase(std::next(found).base());
  }
  drop(removed);
}

void registrations::clear() noexcept {
  std::vector<entry> dropped;
  {
    const nb::ft_lock_guard lock(mutex_);
    dropped.swap(callbacks_);
    told_ = false;
  }
  for (const entry& each : dropped) {  // without the lock: what goes away may run code of the script's
    drop(each);
  }
}

nb::object script_place() {
  PyFrameObject* frame = PyEval_GetFrame();
  if (frame == nullptr) {
    return nb::none();
  }
  const nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  return checked(PyUnicode_FromFormat("%S:%d", code.attr("co_filename").ptr(), PyFrame_GetLineNumber(frame)));
}

void drop_registrations() noexcept {
  for (registrations* kind : kinds()) {
    kind->clear();
  }
}

nb::object awaited(nb::object result) {
  return PyCoro_CheckExact(result.ptr()) ? nb::object(embedded_module("event_loop").attr("run")(result)) : result;
}

void refuse_generator(const nb::object& result) {
  if (PyGen_CheckExact(result.ptr()) || PyAsyncGen_CheckExact(result.ptr())) {
    PyErr_SetString(PyExc_TypeError,
                    "the callback is a generator function, because it contains `yield`: its call has run nothing; "
                    "remove `yield`, or move it to another function");
    throw nb::python_error();
  }
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
