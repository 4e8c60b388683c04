// SPDX-License-Identifier: GPL-3.0-or-later
// Orthanc's services. Many SDK functions swallow the error of the service they call (those that return void, a string or
// a number); the context handed to them notes it, so that Python can raise it.
#pragma once

#include <orthanc/OrthancCPlugin.h>

#include <string>

#include "gate.h"

namespace orthanc_python {

// The context to pass to every SDK function.
OrthancPluginContext* sdk() noexcept;

// Open from the plugin's initialization to its finalization; SDK functions may be called only inside.
gate& sdk_gate() noexcept;

void open_sdk(OrthancPluginContext* context) noexcept;

// What the last service called on this thread returned; Success after reset_service_error().
OrthancPluginErrorCode service_error() noexcept;
void reset_service_error() noexcept;

// Version of the running Orthanc, such as "1.12.7" or "mainline".
const char* orthanc_version() noexcept;

// These three may be called from any thread at any time: they do nothing when Orthanc is gone.
void log_error(const std::string& message) noexcept;
void log_warning(const std::string& message) noexcept;
void log_info(const std::string& message) noexcept;

}  // namespace orthanc_python
