// SPDX-License-Identifier: GPL-3.0-or-later
// Orthanc's services. Many SDK functions swallow the error of the service they call (those that return void, a string or
// a number); the context handed to them notes it, so that Python can raise it.
#pragma once

#include <orthanc/OrthancCPlugin.h>

#include <chrono>
#include <string>

#include "threads/gate.h"

namespace orthanc_python {

// The context to pass to every SDK function.
OrthancPluginContext* sdk() noexcept;

// SDK functions may be called only inside a gate. This one is for threads that Orthanc does not wait for, those of the script
// and of the plugin: it closes while Orthanc announces its stop, because Orthanc then destroys what SDK calls use.
gate& sdk_gate() noexcept;

// The gate of the calling thread. That of Orthanc's own threads, whose callbacks Orthanc waits for before it destroys anything,
// is open until the plugin's finalization.
gate& sdk_gate_of_this_thread() noexcept;

// This thread is one of Orthanc's own, unless it has been marked as the plugin's before.
void mark_orthancs_thread() noexcept;
void mark_plugins_thread() noexcept;

void open_sdk(OrthancPluginContext* context) noexcept;

// Closes all gates; nothing can be logged after it.
void close_sdk(std::chrono::milliseconds timeout) noexcept;

// Return the result of the last service called on this thread; Success after a call has begun.
OrthancPluginErrorCode service_error() noexcept;

// Both for a call, by one look at the memory of the thread: its gate, and where services note what they return.
struct sdk_of_thread {
  gate& door;
  OrthancPluginErrorCode& service_error;
};
sdk_of_thread sdk_of_this_thread() noexcept;

// Version of the running Orthanc, such as "1.12.7" or "mainline".
const char* orthanc_version() noexcept;

// The name of a thread of the plugin in Orthanc's log, for the length of a scope: from Orthanc 1.12.2 on, and of at most 16
// characters.
class thread_name {
public:
  explicit thread_name(const char* name) noexcept;
  ~thread_name();
  thread_name(const thread_name&) = delete;
  thread_name& operator=(const thread_name&) = delete;
};

// These three may be called from any thread at any time: they do nothing after the plugin's finalization. Orthanc writes to its
// log until then, also when the gate of the threads that are not its own is closed.
void log_error(const std::string& message) noexcept;
void log_warning(const std::string& message) noexcept;
void log_info(const std::string& message) noexcept;

}  // namespace orthanc_python
