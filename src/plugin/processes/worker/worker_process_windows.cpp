// SPDX-License-Identifier: GPL-3.0-or-later
// Windows has no fork: worker processes are other programs, without this library.
#include "processes/worker/worker_process.h"

#include <cstdlib>

namespace orthanc_python {

bool in_worker_process() noexcept { return false; }

void end_worker_process(int status) noexcept { std::_Exit(status); }

void watch_forks() noexcept {}

}  // namespace orthanc_python
