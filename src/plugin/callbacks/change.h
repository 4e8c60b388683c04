// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

namespace orthanc_python {

// Waits until all changes have reached the script, then ends their thread. Warns when that takes too long.
void stop_change_callbacks(std::chrono::milliseconds patience);

}  // namespace orthanc_python
