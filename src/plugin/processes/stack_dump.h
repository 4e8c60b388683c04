// SPDX-License-Identifier: GPL-3.0-or-later
// Python's stacks without the GIL, by a signal to which faulthandler has registered (see embedded/observe/dumps.py).
#pragma once

#include <string>

namespace orthanc_python {

// The signal, and the file that faulthandler writes into.
void use_stack_dump(int file, int signal) noexcept;

// "" where there is no such signal.
std::string dump_stacks();

}  // namespace orthanc_python
