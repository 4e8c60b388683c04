// SPDX-License-Identifier: GPL-3.0-or-later
// Windows has no fork.
#include "processes/worker/parent_end.h"

namespace orthanc_python {

void begin_parent_watch() noexcept {}

void leave_parent_watch() noexcept {}

void end_with_parent() noexcept {}

}  // namespace orthanc_python
