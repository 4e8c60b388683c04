// SPDX-License-Identifier: GPL-3.0-or-later
#include "sdk/errors.h"

#include <new>

#include "dashboard/recent_log.h"
#include "embedded/python_sources.h"
#include "metrics/calls/callback_record.h"
#include "processes/worker/worker_process.h"
#include "sdk/error_texts.h"

namespace orthanc_python {

namespace {

PyObject* exception_class = nullptr;

// The pending error as an exception object with its traceback, cleared.
nb::object take_error() {
#if PY_VERSION_HEX >= 0x030C0000
  return nb::steal(PyErr_GetRaisedException());
#else
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != nullptr) {
    PyException_SetTraceback(value, traceback);
  }
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return nb::steal(value);
#endif
}

// Return a text as UTF-8. Lone surrogates are escaped: they stand for undecodable bytes in the names of files.
std::string utf8(nb::handle text) {
  return content_of(checked(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace")));
}

OrthancPluginErrorCode code_of(nb::handle error) {
  if (PyObject_TypeCheck(error.ptr(), reinterpret_cast<PyTypeObject*>(exception_class))) {
    const nb::object arguments = error.attr("args");
    if (PyTuple_Check(arguments.ptr()) && PyTuple_GET_SIZE(arguments.ptr()) > 0) {
      int overflow = 0;
      const long long code = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(arguments.ptr(), 0), &overflow);
      // A number that its type cannot hold may become 0 there, the code of success.
      if (code != 0 && code == static_cast<std::int32_t>(code) && overflow == 0 && !PyErr_Occurred()) {
        return static_cast<OrthancPluginErrorCode>(code);
      }
      PyErr_Clear();
    }
  }
  return OrthancPluginErrorCode_Plugin;
}

// Ask the type of the error, whatever it claims to be. An error that refuses its attributes is not for clients.
bool is_raised_by_script(nb::handle error) noexcept {
  bool own = false;
  guarded_or_clear([&] {
    own = PyObject_TypeCheck(error.ptr(), reinterpret_cast<PyTypeObject*>(exception_class)) != 0 &&
          failed_function(error).empty();
  });
  return own;
}

// In a process that a callback has forked: its error ends the process, as on the command line.
[[noreturn]] void end_failed_worker(const std::string& what, const registered_function& callback) noexcept {
  guarded([&] {
    const nb::object error = take_error();
    embedded_module("workers").attr("end")(to_text(what.c_str()), callback.function, callback.how, callback.place, error);
  });
  end_worker_process(1);
}

PyObject* type_of(const nb::builtin_exception& error) noexcept {
  switch (error.type()) {
    case nb::exception_type::stop_iteration: return PyExc_StopIteration;
    case nb::exception_type::index_error: return PyExc_IndexError;
    case nb::exception_type::key_error: return PyExc_KeyError;
    case nb::exception_type::value_error: return PyExc_ValueError;
    case nb::exception_type::type_error: return PyExc_TypeError;
    case nb::exception_type::buffer_error: return PyExc_BufferError;
    case nb::exception_type::import_error: return PyExc_ImportError;
    case nb::exception_type::attribute_error: return PyExc_AttributeError;
    default: return PyExc_RuntimeError;
  }
}

}  // namespace

PyObject* orthanc_exception() noexcept { return exception_class; }

void init_errors(nb::module_& module) {
  exception_class = PyErr_NewExceptionWithDoc(
      "orthanc.OrthancException",
      "An Orthanc function failed. args == (code, description): an int of orthanc.ErrorCode and a str.", PyExc_Exception,
      nullptr);
  if (exception_class == nullptr) {
    throw nb::python_error();
  }
  nb::handle(exception_class).attr("http_status") = nb::none();  // of those that do not come from a server's answer
  module.attr("OrthancException") = nb::borrow(exception_class);
}

void throw_runtime_error(const std::string& message) { raise_error(PyExc_RuntimeError, "%s", message.c_str()); }

void set_error_of_exception() noexcept {
  try {
    throw;
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const nb::builtin_exception& error) {
    PyErr_SetString(type_of(error), error.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  } catch (...) {
    PyErr_SetString(PyExc_RuntimeError, "unknown C++ exception");
  }
}

bool report_gone_client(const std::string& what) noexcept {
  if (PyErr_ExceptionMatches(exception_class) == 0) {
    return false;
  }
  const nb::object error = take_error();
  bool gone = false;
  // A class of the script may refuse its attributes.
  guarded_or_clear([&] {
    gone = failed_function(error).rfind("RestOutput.", 0) == 0 && code_of(error) == OrthancPluginErrorCode_NetworkProtocol;
  });
  if (gone) {
    log_info("Python: " + what + " has ended, because the client has gone");
  } else {
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  }
  return gone;
}

OrthancPluginErrorCode report_error(const std::string& what, const registered_function& callback,
                                    std::string* answer) noexcept {
  if (in_worker_process()) {
    end_failed_worker(what, callback);
  }
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Plugin;
  if (callback.record != nullptr) {
    callback.record->errors.fetch_add(1, std::memory_order_relaxed);
  }
  nb::object error;
  const bool described = guarded([&] {
    error = take_error();
    if (!error.is_valid()) {
      log_error("Python: " + what + " failed without an exception");
      return;
    }
    guarded_or_clear([&] { code = code_of(error); });
    const nb::object errors = embedded_module("errors");
    const nb::object text = to_text(what.c_str());
    const nb::object description = answer == nullptr
                                       ? errors.attr("describe")(text, callback.function, callback.how, callback.place, error)
                                       : errors.attr("describe_to_client")(text, callback.function, callback.how,
                                                                           callback.place, error, is_raised_by_script(error));
    std::string logged;
    if (answer == nullptr) {
      logged = utf8(description);
    } else {
      *answer = utf8(description[0]);
      logged = utf8(description[1]);
    }
    log_error(logged);
    keep_error(callback.record, what, logged);
  });
  if (!described) {
    // The description runs Python code, for which too deep a recursion leaves no room.
    const std::string name = error.is_valid() ? Py_TYPE(error.ptr())->tp_name : "an error";
    const std::string logged = "Python: " + what + " failed with " + name + ", and its error could not be described";
    log_error(logged);
    keep_error(callback.record, what, logged);
    if (PyErr_ExceptionMatches(PyExc_RecursionError) != 0) {
      PyErr_Clear();
    }
    if (PyErr_Occurred() != nullptr) {
      PyErr_WriteUnraisable(callback.function.ptr());
    }
  }
  return code;
}

void report_missing_answer(const std::string& what, const registered_function& callback, nb::handle result) noexcept {
  if (callback.record != nullptr) {
    callback.record->errors.fetch_add(1, std::memory_order_relaxed);
  }
  const bool described = guarded([&] {
    const nb::object errors = embedded_module("errors");
    const std::string logged = utf8(
        errors.attr("describe_missing_answer")(to_text(what.c_str()), callback.function, callback.how, callback.place, result));
    log_error(logged);
    keep_error(callback.record, what, logged);
  });
  if (!described) {
    PyErr_Clear();
    guarded_or_clear([&] { log_error("Python: " + what + " has returned without an answer"); });
  }
}

}  // namespace orthanc_python
