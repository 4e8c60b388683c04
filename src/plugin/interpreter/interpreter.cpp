// SPDX-License-Identifier: GPL-3.0-or-later
#include "interpreter/interpreter.h"

#include <filesystem>
#include <stdexcept>

#include "conversion/nanobind.h"
#include "interpreter/main_interpreter.h"
#include "interpreter/shared_library.h"
#include "interpreter/virtual_environment.h"
#include "processes/worker/worker_process.h"
#include "sdk/errors.h"
#include "stacks/stack_protection.h"
#include "system/process_environment.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

// Return the exception that a failed start leaves pending, such as the module that it did not find; empty if there is none.
std::string pending_exception() {
#if PY_VERSION_HEX >= 0x030D0000
  const bool attached = PyThreadState_GetUnchecked() != nullptr;
#else
  const bool attached = _PyThreadState_UncheckedGet() != nullptr;
#endif
  if (!attached || PyErr_Occurred() == nullptr) {
    return {};
  }
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  PyObject* text = value == nullptr ? nullptr : PyObject_Str(value);
  const char* utf8 = text == nullptr ? nullptr : PyUnicode_AsUTF8(text);
  return std::string(": ") + reinterpret_cast<PyTypeObject*>(type)->tp_name + ": " + (utf8 == nullptr ? "" : utf8);
}

void check(PyStatus status, const char* what) {
  if (PyStatus_Exception(status) != 0) {
    std::string text = std::string("CPython cannot start (") + what +
                       "): " + (status.func ? std::string(status.func) + ": " : "") +
                       (status.err_msg ? status.err_msg : "unknown error") + pending_exception();
    if (const std::string home = read_environment("PYTHONHOME"); !home.empty()) {
      text += "; the environment variable PYTHONHOME is \"" + home + "\": remove it, or set it to Python's sys.base_prefix";
    }
    throw std::runtime_error(text);
  }
}

#ifdef _WIN32

void set_executable(PyConfig& config, const std::filesystem::path& path) {
  check(PyConfig_SetString(&config, &config.program_name, path.c_str()), "program_name");
  check(PyConfig_SetString(&config, &config.executable, path.c_str()), "executable");  // CPython 3.10 would take Orthanc's
}

#else

void set_executable(PyConfig& config, const std::filesystem::path& path) {
  check(PyConfig_SetBytesString(&config, &config.program_name, path.c_str()), "program_name");
}

#endif

// Initialize CPython as for `python3` on the command line, except signals and arguments: these are Orthanc's.
void initialize(const configuration& settings) {
  PyPreConfig preconfiguration;
  PyPreConfig_InitPythonConfig(&preconfiguration);
  check(Py_PreInitialize(&preconfiguration), "preconfiguration");

  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  try {
    config.install_signal_handlers = 0;
    config.parse_argv = 0;
    config.buffered_stdio = 0;
    config.verbose = settings.verbose ? 1 : 0;
    if (const std::filesystem::path executable = choose_executable(settings); !executable.empty()) {
      set_executable(config, executable);
    }
    check(Py_InitializeFromConfig(&config), "configuration");
    PyConfig_Clear(&config);
  } catch (...) {
    PyConfig_Clear(&config);
    throw;
  }
}

// The module first: nanobind must be ready before anything else of it is used.
void import_orthanc() {
  if (PyImport_ImportModule("orthanc") == nullptr) {
    report_error("the start of the module 'orthanc'");
    throw std::runtime_error("the module 'orthanc' cannot be created");
  }
}

}  // namespace

void start_interpreter(const configuration& settings) {
  if (Py_IsInitialized() != 0) {
    return;
  }
  pin_plugin();
  share_python_symbols();
  watch_forks();
  if (PyImport_AppendInittab("orthanc", init_in_main_interpreter) != 0) {
    throw std::runtime_error("no memory for the module 'orthanc'");
  }
  initialize(settings);
  interpreter_gate().open();
  try {
    if (!can_protect_stack()) {
      throw std::runtime_error("CPython 3.14.0 cannot run in Orthanc's threads; install a later CPython 3.14");
    }
    import_orthanc();
  } catch (...) {
    detach_main_thread();
    throw;
  }
  detach_main_thread();
}

}  // namespace orthanc_python
