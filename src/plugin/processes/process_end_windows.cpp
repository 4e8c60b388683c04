// SPDX-License-Identifier: GPL-3.0-or-later
// A DLL's exit functions run under the loader's lock, when all other threads have been killed with whatever locks they held:
// CPython cannot be finalized then, and nothing is left to wait for.
#include "processes/process_end.h"

namespace orthanc_python {

void at_process_end(void (*)()) noexcept {}

void limit_process_end(std::chrono::milliseconds, int) noexcept {}

void leave_out_destructors() noexcept {}

}  // namespace orthanc_python
