// SPDX-License-Identifier: GPL-3.0-or-later
// Windows has no fork: worker processes are other programs, without this library.
#include "processes/worker_process.h"

namespace orthanc_python {

bool in_worker_process() noexcept { return false; }

void watch_forks() noexcept {}

}  // namespace orthanc_python
