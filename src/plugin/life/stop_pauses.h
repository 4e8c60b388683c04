// SPDX-License-Identifier: GPL-3.0-or-later
// Pauses of the script between the beginning of Orthanc's stop and its announcement. Orthanc first waits until its Lua thread
// has had no event for 100 ms. A script that causes events without end, such as jobs that resubmit each other, would keep it
// waiting.
#pragma once

namespace orthanc_python {

// Called at each event that Orthanc announces: finds out whether Orthanc has begun to stop.
void note_event() noexcept;

// Return whether Orthanc has begun to stop, and has not announced it yet.
bool has_stop_begun() noexcept;

// Ends the pauses, once Orthanc has announced its stop, and when the plugin starts again.
void end_pauses() noexcept;

// Waits for the end of the present pause, if there is one. Best called without the GIL.
void wait_for_end_of_pause() noexcept;

}  // namespace orthanc_python
