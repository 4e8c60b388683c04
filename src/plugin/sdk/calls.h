// SPDX-License-Identifier: GPL-3.0-or-later
// Calling an SDK function from Python: the GIL, the life of Orthanc, and errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "conversion/nanobind.h"
#include "metrics/calls/calls_in_flight.h"
#include "sdk/sdk.h"

namespace orthanc_python {

// The called function, for messages: its name in scripts, the SDK version that brought it ("" if always there), and what it
// needs of the database ("" if nothing that a database may lack).
struct service {
  const char* name;
  const char* since;
  const char* needs_of_database = "";
};

// Whether SDK calls release the GIL (the configuration's Python.AllowThreads).
void set_allow_threads(bool allowed) noexcept;

// Make OrthancException(code, description), whose http_status is that, or None for 0, the pending error. Throw
// nb::python_error where that fails.
void set_orthanc_exception(const service& called, OrthancPluginErrorCode code, std::uint16_t http_status = 0);

// Throw it as nb::python_error.
[[noreturn]] void raise_orthanc_exception(const service& called, OrthancPluginErrorCode code);

// Set the error of a function that returns nothing in C. True, with a warning, where Orthanc refuses it only because it is
// still starting: other scripts have such calls at import, where no error has ever been seen.
bool set_exception_or_warn(const service& called, OrthancPluginErrorCode code);

// Pass a gate of the SDK. The caller must leave it again. Raise RuntimeError when Orthanc cannot be called: it has stopped, or
// this is a worker process.
void enter_sdk(const service& called, gate& door);

// One call of the SDK. Raises as enter_sdk does.
class sdk_call {
public:
  explicit sdk_call(const service& called, bool release_gil);
  ~sdk_call();
  sdk_call(const sdk_call&) = delete;
  sdk_call& operator=(const sdk_call&) = delete;

  // Takes the GIL back; returns the error the service has noted.
  OrthancPluginErrorCode finish() noexcept;

private:
  void take_gil_back() noexcept;

  sdk_of_thread thread_;
  PyThreadState* released_ = nullptr;
  call_slot* slot_ = nullptr;  // where other threads see the call
};

template <class F> inline constexpr bool is_success_or_error =
    std::is_void_v<std::invoke_result_t<F>> || std::is_same_v<std::invoke_result_t<F>, OrthancPluginErrorCode>;

// Call what returns nothing or an error code. False with Python's error pending.
template <class F> bool try_call_with(const service& called, bool release_gil, F&& function) {
  static_assert(is_success_or_error<F>);
  sdk_call call(called, release_gil);
  if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
    function();
    const OrthancPluginErrorCode code = call.finish();
    return code == OrthancPluginErrorCode_Success || set_exception_or_warn(called, code);
  } else {
    const OrthancPluginErrorCode code = function();
    call.finish();
    if (code != OrthancPluginErrorCode_Success) {
      set_orthanc_exception(called, code);
    }
    return code == OrthancPluginErrorCode_Success;
  }
}

template <class F> auto call_with(const service& called, bool release_gil, F&& function) {
  if constexpr (is_success_or_error<F>) {
    if (!try_call_with(called, release_gil, std::forward<F>(function))) {
      throw nb::python_error();
    }
  } else {
    sdk_call call(called, release_gil);
    auto result = function();
    const auto code = call.finish();
    // A pointer is NULL after an error. Its conversion judges it, because NULL may also mean 'nothing there', but not in an
    // Orthanc that is too old.
    if (std::is_pointer_v<decltype(result)> ? code == OrthancPluginErrorCode_UnknownPluginService
                                            : code != OrthancPluginErrorCode_Success) {
      raise_orthanc_exception(called, code);
    }
    return result;
  }
}

// For whatever may block or take one of Orthanc's locks: the GIL is released around it.
template <class F> auto call(const service& called, F&& function) { return call_with(called, true, std::forward<F>(function)); }

// The same without C++ exceptions: false with Python's error pending. A C++ exception costs several times as much, and scripts
// expect many errors, such as that of a missing resource.
template <class F> bool try_call(const service& called, F&& function) {
  return try_call_with(called, true, std::forward<F>(function));
}

// For what only reads or writes a few values in memory, and takes no lock: releasing the GIL would cost more than the call.
template <class F> bool try_call_quick(const service& called, F&& function) {
  return try_call_with(called, false, std::forward<F>(function));
}
template <class F> auto call_quick(const service& called, F&& function) {
  return call_with(called, false, std::forward<F>(function));
}

// For what computes from its data alone: as CPython's hashlib, it keeps the GIL for less than 2048 bytes.
template <class F> auto call_with_data(std::size_t size, const service& called, F&& function) {
  return call_with(called, size >= 2048, std::forward<F>(function));
}

// Returns the code instead of raising it, unless this Orthanc is too old.
template <class F> OrthancPluginErrorCode call_unchecked(const service& called, F&& function) {
  sdk_call call(called, true);
  const OrthancPluginErrorCode code = function();
  call.finish();
  if (code == OrthancPluginErrorCode_UnknownPluginService) {
    raise_orthanc_exception(called, code);
  }
  return code;
}

// For a request of HTTP, whose error may be the status that the server has answered. False with Python's error pending.
template <class F> bool try_call_http(const std::uint16_t& status, const service& called, F&& function) {
  const OrthancPluginErrorCode code = call_unchecked(called, std::forward<F>(function));
  if (code != OrthancPluginErrorCode_Success) {
    set_orthanc_exception(called, code, status);
  }
  return code == OrthancPluginErrorCode_Success;
}

}  // namespace orthanc_python
