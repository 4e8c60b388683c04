// SPDX-License-Identifier: GPL-3.0-or-later
// large_stack by Windows' fibers. By the switch, the system knows where the stack is, and so does CPython.
#include <windows.h>

#include <new>

#include "stacks/large_stack.h"

namespace orthanc_python {

struct large_stack::implementation {
  static constexpr SIZE_T committed_at_first = 64u << 10;

  void* outside = nullptr;
  void* inside = nullptr;
  void (*function)(void*) = nullptr;
  void* argument = nullptr;

  // The fiber's main function: waits there for functions to run.
  static void CALLBACK serve(void* self) noexcept {
    auto& it = *static_cast<implementation*>(self);
    for (;;) {
      it.function(it.argument);
      SwitchToFiber(it.outside);
    }
  }
};

const bool large_stack::must_be_told = false;

large_stack::large_stack() : implementation_(std::make_unique<implementation>()) {
  implementation& it = *implementation_;
  it.inside = CreateFiberEx(implementation::committed_at_first, size, FIBER_FLAG_FLOAT_SWITCH, implementation::serve, &it);
  if (it.inside == nullptr) {
    throw std::bad_alloc();
  }
}

large_stack::~large_stack() { DeleteFiber(implementation_->inside); }

void large_stack::run(void (*function)(void*), void* argument) noexcept {
  implementation& it = *implementation_;
  it.function = function;
  it.argument = argument;
  // The thread may run fibers of its own already, so it is turned into one, and back, only where it is not.
  const bool is_fiber = IsThreadAFiber() != FALSE;
  it.outside = is_fiber ? GetCurrentFiber() : ConvertThreadToFiberEx(nullptr, FIBER_FLAG_FLOAT_SWITCH);
  if (it.outside == nullptr) {
    function(argument);  // no memory for a few words: run on the thread's own stack, on Windows a megabyte
    return;
  }
  SwitchToFiber(it.inside);
  if (!is_fiber) {
    ConvertFiberToThread();
  }
}

void* large_stack::bottom() const noexcept { return nullptr; }

}  // namespace orthanc_python
