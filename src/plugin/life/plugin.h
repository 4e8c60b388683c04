// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's life, from Orthanc's initialization to its finalization. Both may happen several times in one process.
#pragma once

#include <orthanc/OrthancCPlugin.h>

#include <chrono>

namespace orthanc_python {

// Starts Python and runs the script. Throws std::exception with the reason.
void start_plugin(OrthancPluginContext* context);

// Called when Orthanc announces ORTHANC_STARTED.
void note_start_of_orthanc() noexcept;

// Called while Orthanc's announcement of ORTHANC_STOPPED waits, the last moment at which all of Orthanc can be called: lets the
// script finish, and closes the SDK to all threads but Orthanc's own.
void stop_while_orthanc_is_whole() noexcept;

// Return whether that announcement goes on.
bool is_stop_announced() noexcept;

// Return whether the stop of the scripts has begun, until the next start.
bool is_stopping() noexcept;

// Return how much of "StopTimeout" is left to that stop.
std::chrono::milliseconds stop_time_left() noexcept;

// Lets what is queued finish, where that has not been done, and forgets the script.
void stop_plugin() noexcept;

}  // namespace orthanc_python
