// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/registry/registrations.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "embedded/python_sources.h"
#include "log_text.h"

namespace orthanc_python {

namespace {

std::vector<registrations*>& kinds() {
  static std::vector<registrations*> all;
  return all;
}

PyObject* the_wrapper = nullptr;  // see wrap_registrations()

nb::object wrapped_by(nb::handle wrapper, PyObject* callback, const callback_record& record) {
  return wrapper(nb::borrow(callback), nb::cast(record.kind), nb::cast(record.function), nb::cast(record.place));
}

// The default of an attribute that may be missing: nb::getattr() makes no exception, whose text takes longer than the rest.
const nb::handle nothing;

// The script's function within those of functools: partial and wraps.
nb::object innermost(nb::object function) {
  for (int depth = 0; depth < 10; ++depth) {
    nb::object inner = nb::getattr(function, "__wrapped__", nothing);
    if (!inner.is_valid() && !nb::getattr(function, "__qualname__", nothing).is_valid()) {
      inner = nb::getattr(function, "func", nothing);
    }
    if (!inner.is_valid()) {
      break;
    }
    function = std::move(inner);
  }
  return function;
}

// On one line, and in UTF-8 whatever the name of the file.
std::string log_text_of(nb::handle text) {
  const nb::object string = checked(PyObject_Str(text.ptr()));
  const nb::object bytes = checked(PyUnicode_AsEncodedString(string.ptr(), "utf-8", "backslashreplace"));
  return one_line(PyBytes_AS_STRING(bytes.ptr()));
}

// Not the object itself: a mock or a proxy has every attribute.
bool type_has(nb::handle object, const char* name) noexcept {
  return nb::hasattr(reinterpret_cast<PyObject*>(Py_TYPE(object.ptr())), name);
}

// Beside __await__, as in collections.abc.Coroutine. Futures and handles of tasks have none of them: these go on by themselves,
// and to wait for one of another library could block the event loop.
bool has_methods_of_coroutine(nb::handle object) noexcept {
  return type_has(object, "send") && type_has(object, "throw") && type_has(object, "close");
}

}  // namespace

registrations::registrations(const char* kind) : kind_(kind) { kinds().push_back(this); }

std::size_t registrations::add(PyObject* callback, const char* kind, PyObject* named) {
  nb::object place = nb::none();
  callback_record* record = nullptr;
  if (kind != nullptr) {  // a pattern of a shared route has none, and is not named in any text
    place = script_place();
    record = record_for(kind, named == nullptr ? callback : named, place);
  }
  const bool is_scripts_own = named == nullptr;
  nb::object function = nb::borrow(callback);
  if (the_wrapper != nullptr && record != nullptr && is_scripts_own) {
    function = wrapped_by(the_wrapper, callback, *record);
  }
  const nb::ft_lock_guard lock(mutex_);
  callbacks_.push_back({callback, function.ptr(), place.ptr(), record, is_scripts_own});
  Py_INCREF(callback);
  function.release();
  place.release();
  return callbacks_.size() - 1;
}

void registrations::wrap(nb::handle wrapper) {
  for (std::size_t i = 0; i < size(); ++i) {
    nb::object callback;
    callback_record* record = nullptr;
    {
      const nb::ft_lock_guard lock(mutex_);
      if (i < callbacks_.size() && callbacks_[i].is_scripts_own) {
        callback = nb::borrow(callbacks_[i].callback);
        record = callbacks_[i].record;
      }
    }
    if (record == nullptr) {
      continue;
    }
    nb::object function = wrapped_by(wrapper, callback.ptr(), *record);
    const nb::ft_lock_guard lock(mutex_);
    if (i < callbacks_.size() && callbacks_[i].callback == callback.ptr()) {
      PyObject* former = std::exchange(callbacks_[i].function, function.release().ptr());
      function = nb::steal(former);
    }
  }
}

registered_function registrations::at(std::size_t index) const {
  const nb::ft_lock_guard lock(mutex_);
  if (index >= callbacks_.size()) {
    return {};
  }
  return {nb::borrow(callbacks_[index].function), nb::borrow(callbacks_[index].place), "registered", callbacks_[index].record};
}

std::vector<registered_function> registrations::all() const {
  std::vector<registered_function> result;
  const nb::ft_lock_guard lock(mutex_);
  result.reserve(callbacks_.size());
  for (const entry& each : callbacks_) {
    result.push_back({nb::borrow(each.function), nb::borrow(each.place), "registered", each.record});
  }
  return result;
}

void registrations::drop(const entry& dropped) noexcept {
  Py_DECREF(dropped.callback);
  Py_DECREF(dropped.function);
  Py_DECREF(dropped.place);
}

void registrations::remove(PyObject* callback) noexcept {
  entry removed{};
  {
    const nb::ft_lock_guard lock(mutex_);
    const auto found =
        std::find_if(callbacks_.rbegin(), callbacks_.rend(), [&](const entry& each) { return each.callback == callback; });
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

callback_record* record_for(const char* kind, nb::handle function, nb::handle place) noexcept {
  callback_record* record = nullptr;
  guarded_or_clear([&] {
    const nb::object inner = innermost(nb::borrow(function));
    const nb::object code = nb::getattr(inner, "__code__", nothing);
    const nb::object defined =
        code.is_valid()
            ? checked(PyUnicode_FromFormat("%S:%S", code.attr("co_filename").ptr(), code.attr("co_firstlineno").ptr()))
            : nb::borrow(place);
    nb::object name = nb::getattr(inner, "__qualname__", nothing);
    if (!name.is_valid()) {
      name = nb::handle(reinterpret_cast<PyObject*>(Py_TYPE(inner.ptr()))).attr("__qualname__");
    }
    record = record_of(kind, log_text_of(name), log_text_of(defined));
  });
  return record;
}

void wrap_registrations(nb::handle wrapper) {
  nb::object former = nb::steal(std::exchange(the_wrapper, nb::borrow(wrapper).release().ptr()));
  for (registrations* kind : kinds()) {
    kind->wrap(wrapper);
  }
}

void drop_registrations() noexcept {
  Py_CLEAR(the_wrapper);
  for (registrations* kind : kinds()) {
    kind->clear();
  }
}

nb::object awaited(nb::object result) {
  const PyAsyncMethods* methods = Py_TYPE(result.ptr())->tp_as_async;
  if (methods == nullptr || methods->am_await == nullptr) {
    return result;
  }
  const bool is_coroutine = PyCoro_CheckExact(result.ptr()) || has_methods_of_coroutine(result);
  return is_coroutine ? nb::object(embedded_module("event_loop").attr("run")(result)) : result;
}

bool is_generator(nb::handle result) noexcept {
  if (result.is_none()) {
    return false;
  }
  if (PyGen_CheckExact(result.ptr()) || PyAsyncGen_CheckExact(result.ptr())) {
    return true;
  }
  const PyAsyncMethods* methods = Py_TYPE(result.ptr())->tp_as_async;
  return (PyIter_Check(result.ptr()) && type_has(result, "send")) ||
         (methods != nullptr && methods->am_anext != nullptr && type_has(result, "asend"));
}

void refuse_generator(const nb::object& result) {
  if (is_generator(result)) {
    raise_error(PyExc_TypeError,
                "the callback is a generator function, because it contains `yield`: its call has run nothing; "
                "remove `yield`, or move it to another function");
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
