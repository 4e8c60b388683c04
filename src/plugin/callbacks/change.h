// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace orthanc_python {

// Waits until all changes have reached the script, then ends their thread.
void stop_change_callbacks();

}  // namespace orthanc_python
