// SPDX-License-Identifier: GPL-3.0-or-later
// Forked workers end when Orthanc does, however it ends.
#pragma once

namespace orthanc_python {

// Prepares it, in Orthanc's process.
void begin_parent_watch() noexcept;

// Called in each forked process, whatever it is for.
void leave_parent_watch() noexcept;

// Ends this worker as soon as Orthanc has ended.
void end_with_parent() noexcept;

}  // namespace orthanc_python
