// SPDX-License-Identifier: GPL-3.0-or-later
// CPython 3.14 and later check the real bounds of the stack, so they must be told of a stack that is not the thread's own.
#pragma once

#include "conversion/nanobind.h"
#include "stacks/large_stack.h"

namespace orthanc_python {

// False on the first CPython 3.14, which checks the bounds and cannot be told of others (CPython issue 139653).
bool can_protect_stack() noexcept;

// Tells CPython where the stack of this thread state is. Called with the state attached.
void protect_stack(PyThreadState* state, const large_stack& stack) noexcept;

}  // namespace orthanc_python
