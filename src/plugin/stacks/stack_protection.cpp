// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/stack_protection.h"

#include "interpreter/shared_library.h"
#include "stacks/large_stack.h"

namespace orthanc_python {

namespace {

using set_stack_protection = int (*)(PyThreadState*, void*, std::size_t);

// Looked up by name: a plugin built with the headers of 3.14.0 must use it in 3.14.10.
set_stack_protection find() noexcept {
  static const auto found =
      reinterpret_cast<set_stack_protection>(find_python_symbol("PyUnstable_ThreadState_SetStackProtection"));
  return found;
}

}  // namespace

bool can_protect_stack() noexcept { return PY_VERSION_HEX < 0x030E0000 || !large_stack::must_be_told || find() != nullptr; }

void protect_stack(PyThreadState* state, const large_stack& stack) noexcept {
  if (const auto set = find();
      set != nullptr && large_stack::must_be_told && set(state, stack.bottom(), large_stack::size) != 0) {
    PyErr_Clear();
  }
}

}  // namespace orthanc_python
