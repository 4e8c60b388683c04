// SPDX-License-Identifier: GPL-3.0-or-later
// CPython 3.14 and later check the real bounds of the stack. For a stack that is not the thread's own, they must be set.
#pragma once

#include "conversion/nanobind.h"
#include "stacks/large_stack.h"

namespace orthanc_python {

// Return false on the first CPython 3.14: it checks the bounds of the stack, but has no function to set them (CPython issue
// 139653).
bool can_protect_stack() noexcept;

// Tells CPython where the stack of this thread state is. Called with the state attached.
void protect_stack(PyThreadState* state, const large_stack& stack) noexcept;

}  // namespace orthanc_python
