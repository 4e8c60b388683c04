// SPDX-License-Identifier: GPL-3.0-or-later
#include "interpreter.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "errors.h"
#include "nanobind.h"
#include "python_sources.h"
#include "python_thread.h"
#include "shared_library.h"
#include "stack_protection.h"
#include "worker_process.h"

extern "C" PyObject* PyInit_orthanc();

namespace orthanc_python {

namespace {

namespace fs = std::filesystem;

// "3.13", from the headers.
const std::string python_version = std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION);

// A value of pyvenv.cfg (PEP 405), or an empty text.
std::string environment_value(const fs::path& environment, const std::string& key) {
  std::string text;
  if (std::FILE* file = std::fopen((environment / "pyvenv.cfg").string().c_str(), "r"); file != nullptr) {
    char line[4096];
    while (text.empty() && std::fgets(line, sizeof line, file) != nullptr) {
      const std::string_view whole(line);
      const auto equals = whole.find(" = ");
      if (equals != std::string_view::npos && whole.substr(0, equals) == key) {
        text = whole.substr(equals + 3);
        text.erase(text.find_last_not_of(" \r\n") + 1);
      }
    }
    std::fclose(file);
  }
  return text;
}

// Refuses an environment of another version of Python, whose packages this one cannot load.
void check_environment(const fs::path& environment) {
  std::string version = environment_value(environment, "version");
  if (version.empty()) {
    version = environment_value(environment, "version_info");  // virtualenv and uv
  }
  if (!version.empty() && !(version + ".").starts_with(python_version + ".")) {
    throw std::runtime_error("the virtual environment " + environment.string() + " is of Python " + version +
                             ", but this plugin is built for Python " + python_version + "; take the plugin for that Python, or make the "
                             "environment with: python" + python_version + " -m venv " + environment.string());
  }
}

// Where a virtual environment has its interpreter. Throws if there is none.
fs::path interpreter_of(const fs::path& environment) {
  std::error_code ignored;
  for (const char* relative : {"bin/python", "bin/python3", "Scripts/python.exe"}) {
    if (const fs::path found = environment / relative; fs::exists(found, ignored)) {
      return fs::absolute(found, ignored);
    }
  }
  throw std::runtime_error("the setting \"VirtualEnv\" is \"" + environment.string() +
                           "\", which is not a virtual environment; make it with: python" + python_version +
                           " -m venv " + environment.string());
}

// The interpreter that belongs to the libpython in use, so that sys.executable can start worker processes: it is in `bin` of
// the same prefix, which is a few folders above the library.
fs::path interpreter_beside_library() {
  std::error_code ignored;
  const fs::path library = fs::weakly_canonical(python_library_path(), ignored);
  for (fs::path prefix = library.parent_path(); prefix.has_relative_path(); prefix = prefix.parent_path()) {
    if (const fs::path found = prefix / "bin" / ("python" + python_version); fs::exists(found, ignored)) {
      return found;
    }
  }
  return {};
}

// An environment keeps the standard library of the Python that made it, which may not fit another build of the same version.
void warn_of_other_home(const fs::path& environment) {
  std::error_code ignored;
  const fs::path home = fs::weakly_canonical(environment_value(environment, "home"), ignored);
  const fs::path own = interpreter_beside_library().parent_path();
  if (!home.empty() && !own.empty() && home != own) {
    log_warning("Python: the virtual environment " + environment.string() + " was made by the Python in " + home.string() +
                ", but the plugin uses the one in " + own.string() + "; if imports fail, make it with: " +
                (own / ("python" + python_version)).string() + " -m venv " + environment.string());
  }
}

void check(PyStatus status, const char* what) {
  if (PyStatus_Exception(status) != 0) {
    throw std::runtime_error(std::string("CPython cannot start (") + what + "): " + (status.err_msg ? status.err_msg : "unknown error"));
  }
}

// As `python3` on the command line would be, but for signals and arguments, which are Orthanc's.
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
    fs::path executable = settings.executable;
    if (executable.empty() && settings.virtual_environment.empty()) {
      executable = interpreter_beside_library();
    } else if (executable.empty()) {
      check_environment(settings.virtual_environment);
      warn_of_other_home(settings.virtual_environment);
      executable = interpreter_of(settings.virtual_environment);
    }
    if (!executable.empty()) {
      check(PyConfig_SetBytesString(&config, &config.program_name, executable.string().c_str()), "program_name");
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

void finalize_at_exit() {
  if (Py_IsInitialized() == 0 || in_worker_process()) {
    return;
  }
  interpreter_gate().close(std::chrono::seconds(1));
  PyGILState_Ensure();
  guarded([] { embedded_module("shutdown").attr("before_finalization")(); }) || (PyErr_WriteUnraisable(nullptr), true);
  Py_FinalizeEx();
}

}  // namespace

void start_interpreter(const configuration& settings) {
  if (Py_IsInitialized() != 0) {
    return;
  }
  pin_plugin();
  share_python_symbols();
  watch_forks();
  if (PyImport_AppendInittab("orthanc", PyInit_orthanc) != 0) {
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
    PyEval_SaveThread();
    throw;
  }
  PyEval_SaveThread();
}

void finalize_interpreter_at_exit() noexcept {
  // Registered at each stop, so as to come before whatever extension modules have registered meanwhile: handlers run last in, first out.
  std::atexit(finalize_at_exit);
}

}  // namespace orthanc_python
