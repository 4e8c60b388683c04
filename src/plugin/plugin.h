// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's life, from Orthanc's initialization to its finalization. Both may happen several times in one process.
#pragma once

#include <orthanc/OrthancCPlugin.h>

namespace orthanc_python {

// Starts Python and runs the script. Throws std::exception with the reason.
void start_plugin(OrthancPluginContext* context);

// Lets what is queued finish, and forgets the script.
void stop_plugin() noexcept;

}  // namespace orthanc_python
