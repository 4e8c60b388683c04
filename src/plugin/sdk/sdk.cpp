// SPDX-License-Identifier: GPL-3.0-or-later
#include "sdk/sdk.h"

#include <exception>

#include "dashboard/explorer_link.h"
#include "dashboard/recent_log.h"
#include "log_text.h"
#include "system/unwinder.h"

namespace orthanc_python {

namespace {

OrthancPluginContext* orthanc = nullptr;  // Orthanc's own
OrthancPluginContext noting{};            // a copy whose services note their errors
gate calls;
gate callback_calls;
gate log_calls;
enum class owner { unknown, orthanc, plugin };
thread_local owner thread_owner = owner::unknown;
thread_local OrthancPluginErrorCode noted = OrthancPluginErrorCode_Success;

// Keep the lines of the log for the dashboard.
void keep_logged(_OrthancPluginService service, const void* parameters) noexcept {
  if (service == _OrthancPluginService_LogWarning) {
    keep_line(log_level::warning, static_cast<const char*>(parameters));
  } else if (service == _OrthancPluginService_LogError) {
    keep_line(log_level::error, static_cast<const char*>(parameters));
#if ORTHANC_PLUGINS_VERSION_IS_ABOVE(1, 12, 4)
  } else if (service == _OrthancPluginService_LogMessage) {
    const auto& message = *static_cast<const _OrthancPluginLogMessage*>(parameters);
    if (message.level == OrthancPluginLogLevel_Error || message.level == OrthancPluginLogLevel_Warning) {
      keep_line(message.level == OrthancPluginLogLevel_Error ? log_level::error : log_level::warning, message.message);
    }
#endif
  }
}

// A script that extends Orthanc Explorer keeps the link to the dashboard.
OrthancPluginErrorCode set_property(const void* parameters) {
  auto given = *static_cast<const _OrthancPluginSetPluginProperty*>(parameters);
  std::string program;
  if (given.property == _OrthancPluginProperty_OrthancExplorer && explorer_has_link) {
    program = explorer_program(given.value);
    given.value = program.c_str();
  }
  return orthanc->InvokeService(orthanc, _OrthancPluginService_SetPluginProperty, &given);
}

OrthancPluginErrorCode invoke_and_note(OrthancPluginContext*, _OrthancPluginService service, const void* parameters) {
  if (recent_log_is_kept.load(std::memory_order_relaxed)) {
    keep_logged(service, parameters);
  }
  OrthancPluginErrorCode code = OrthancPluginErrorCode_InternalError;
  try {
    code = service == _OrthancPluginService_SetPluginProperty ? set_property(parameters)
                                                              : orthanc->InvokeService(orthanc, service, parameters);
  } catch (const std::exception& error) {
    // Not in the contract of the SDK, but Orthanc lets some through, such as those of a malformed regular expression.
    log_error(std::string("Python: Orthanc has thrown an exception: ") + error.what());
  } catch (...) {  // also those of another C++ runtime, whose text cannot be read: releases for Linux have LLVM's
    log_error("Python: Orthanc has thrown an exception");
  }
  return noted = code;
}

}  // namespace

OrthancPluginContext* sdk() noexcept { return &noting; }

gate& sdk_gate() noexcept { return calls; }

gate& sdk_gate_of_this_thread() noexcept { return thread_owner == owner::orthanc ? callback_calls : calls; }

void mark_orthancs_thread() noexcept {
  if (thread_owner == owner::unknown) {
    thread_owner = owner::orthanc;
  }
}

void mark_plugins_thread() noexcept { thread_owner = owner::plugin; }

void close_sdk(std::chrono::milliseconds timeout) noexcept {
  calls.close(std::chrono::milliseconds(0));  // waited for already, unless the start failed
  callback_calls.close(timeout);
  log_calls.close(timeout);
}

void open_sdk(OrthancPluginContext* context) noexcept {
  prepare_to_catch();
  orthanc = context;
  noting = *context;
  noting.InvokeService = invoke_and_note;
  calls.open();
  callback_calls.open();
  log_calls.open();
}

OrthancPluginErrorCode service_error() noexcept { return noted; }

sdk_of_thread sdk_of_this_thread() noexcept { return {sdk_gate_of_this_thread(), noted}; }

const char* orthanc_version() noexcept { return noting.orthancVersion; }

thread_name::thread_name([[maybe_unused]] const char* name) noexcept {
#if ORTHANC_PLUGINS_VERSION_IS_ABOVE(1, 12, 2)
  if (const gate_pass pass(log_calls); pass && OrthancPluginCheckVersionAdvanced(&noting, 1, 12, 2) == 1) {
    OrthancPluginSetCurrentThreadName(&noting, name);
  }
#endif
}

thread_name::~thread_name() {
#if ORTHANC_PLUGINS_VERSION_IS_ABOVE(1, 13, 0)
  if (const gate_pass pass(log_calls); pass && OrthancPluginCheckVersionAdvanced(&noting, 1, 13, 0) == 1) {
    OrthancPluginClearCurrentThreadName(&noting);
  }
#endif
}

void log_error(const std::string& message) noexcept {
  if (const gate_pass pass(log_calls); pass) {
    OrthancPluginLogError(&noting, log_lines(message.c_str()).c_str());
  }
}

void log_warning(const std::string& message) noexcept {
  if (const gate_pass pass(log_calls); pass) {
    OrthancPluginLogWarning(&noting, log_lines(message.c_str()).c_str());
  }
}

void log_info(const std::string& message) noexcept {
  if (const gate_pass pass(log_calls); pass) {
    OrthancPluginLogInfo(&noting, log_lines(message.c_str()).c_str());
  }
}

}  // namespace orthanc_python
