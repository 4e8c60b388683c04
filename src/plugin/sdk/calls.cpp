// SPDX-License-Identifier: GPL-3.0-or-later
#include "sdk/calls.h"

#include <atomic>
#include <string>

#include "interpreter/main_interpreter.h"
#include "life/stop_pauses.h"
#include "processes/worker/worker_process.h"
#include "sdk/error_texts.h"
#include "sdk/errors.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

std::atomic<bool> allow_threads{true};

}  // namespace

void set_allow_threads(bool allowed) noexcept { allow_threads = allowed; }

void set_orthanc_exception(const service& called, OrthancPluginErrorCode code, std::uint16_t http_status) {
  const nb::object error = nb::handle(orthanc_exception())(static_cast<int>(code), text_of_error(called, code));
  if (http_status != 0) {
    error.attr("http_status") = http_status;
  }
  PyErr_SetObject(orthanc_exception(), error.ptr());
}

void raise_orthanc_exception(const service& called, OrthancPluginErrorCode code) {
  set_orthanc_exception(called, code);
  throw nb::python_error();
}

bool set_exception_or_warn(const service& called, OrthancPluginErrorCode code) {
  if (code != OrthancPluginErrorCode_DatabaseNotInitialized) {
    set_orthanc_exception(called, code);
    return false;
  }
  log_warning(std::string("Python: ") + called.name +
              "() has no effect while Orthanc is starting. Call it in the change callback, on ChangeType.ORTHANC_STARTED");
  return true;
}

void enter_sdk(const service& called, gate& door) {
  if (in_worker_process()) {
    throw_runtime_error(std::string(called.name) +
                        " cannot be called in a worker process: only Orthanc's own process can call Orthanc. "
                        "Call it there, or use Orthanc's REST API with GenerateRestApiAuthorizationToken()");
  }
  if (!in_main_interpreter()) {
    throw_runtime_error(
        std::string(called.name) +
        " cannot be called in a sub-interpreter: only the main interpreter, in which Orthanc runs the script, can call it");
  }
  if (!door.enter()) {
    throw_runtime_error(std::string(called.name) + " cannot be called any more: Orthanc has stopped");
  }
}

sdk_call::sdk_call(const service& called, bool release_gil) : thread_(sdk_of_this_thread()) {
  enter_sdk(called, thread_.door);
  thread_.service_error = OrthancPluginErrorCode_Success;
  if (release_gil && allow_threads) {
    released_ = detach();
  }
  if (release_gil) {
    slot_ = take_slot();
    if (slot_ != nullptr) {
      begin_call(*slot_, nullptr, called.name, nullptr, monotonic_nanoseconds());
    }
    wait_for_end_of_pause();
  }
}

OrthancPluginErrorCode sdk_call::finish() noexcept {
  const OrthancPluginErrorCode code = thread_.service_error;
  take_gil_back();
  return code;
}

sdk_call::~sdk_call() {
  take_gil_back();
  if (slot_ != nullptr) {
    end_call(*slot_);
  }
  thread_.door.leave();
}

void sdk_call::take_gil_back() noexcept {
  if (released_ != nullptr) {
    if (slot_ != nullptr) {
      slot_->waits_for_gil.store(true, std::memory_order_relaxed);
    }
    attach(std::exchange(released_, nullptr));
  }
}

}  // namespace orthanc_python
