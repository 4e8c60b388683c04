// SPDX-License-Identifier: GPL-3.0-or-later
// large_stack by glibc's makecontext for the first switch to it, and by _setjmp and _longjmp for all others, as QEMU's
// coroutines. swapcontext sets the signal mask at each switch: two system calls a callback. A mask that a callback sets stays,
// as in any function. No assembler of our own is needed.
#undef _FORTIFY_SOURCE  // here, because -Wp,-D_FORTIFY_SOURCE of a distribution's flags wins over -U
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdint>
#include <new>
#include <optional>

#include "stacks/large_stack.h"
#include "stacks/sanitizer_fiber.h"

#if defined(__USE_FORTIFY_LEVEL) && __USE_FORTIFY_LEVEL > 0
#error "glibc's checked longjmp refuses to go to another stack: no header may be included before the #undef"
#endif

namespace orthanc_python {

struct large_stack::implementation {
  void* mapping = nullptr;  // the guard page, then the stack
  std::size_t guard = 0;
  ucontext_t inside{};
  void (*function)(void*) = nullptr;
  void* argument = nullptr;
  std::optional<sanitizer_fiber> fiber;
#ifndef ORTHANC_PYTHON_SANITIZER_FIBER
  jmp_buf outside_registers;
  jmp_buf inside_registers;
  bool entered = false;  // since when inside_registers are set
#endif

  // The stack's first frame: waits there for functions to run, so that a context is made once and not for each.
  void serve() noexcept {
    for (;;) {
      fiber->entered();
      function(argument);
      fiber->before_leaving();
      leave();
    }
  }

#ifdef ORTHANC_PYTHON_SANITIZER_FIBER  // sanitizers look for the frame of a longjmp on the stack that they think is left
  ucontext_t outside{};
  void enter() noexcept { swapcontext(&outside, &inside); }
  void leave() noexcept { swapcontext(&inside, &outside); }
#else
  void enter() noexcept {
    if (_setjmp(outside_registers) == 0) {
      if (entered) {
        _longjmp(inside_registers, 1);
      }
      entered = true;
      setcontext(&inside);
    }
  }
  void leave() noexcept {
    if (_setjmp(inside_registers) == 0) {
      _longjmp(outside_registers, 1);
    }
  }
#endif

  // makecontext passes ints only: the pointer comes in two halves.
  static void start(unsigned high, unsigned low) {
    const auto address = (static_cast<std::uint64_t>(high) << 32) | low;
    reinterpret_cast<implementation*>(static_cast<std::uintptr_t>(address))->serve();
  }
};

const bool large_stack::must_be_told = true;

large_stack::large_stack() : implementation_(std::make_unique<implementation>()) {
  implementation& it = *implementation_;
  it.guard = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  it.mapping =
      mmap(nullptr, it.guard + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (it.mapping == MAP_FAILED) {
    throw std::bad_alloc();
  }
  mprotect(it.mapping, it.guard, PROT_NONE);
  it.fiber.emplace(bottom(), size);
  getcontext(&it.inside);
  it.inside.uc_stack.ss_sp = bottom();
  it.inside.uc_stack.ss_size = size;
  it.inside.uc_link = nullptr;  // serve() never returns
  const auto address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&it));
  makecontext(&it.inside, reinterpret_cast<void (*)()>(&implementation::start), 2, static_cast<unsigned>(address >> 32),
              static_cast<unsigned>(address));
}

large_stack::~large_stack() {
  implementation_->fiber.reset();
  munmap(implementation_->mapping, implementation_->guard + size);
}

void large_stack::run(void (*function)(void*), void* argument) noexcept {
  implementation& it = *implementation_;
  it.function = function;
  it.argument = argument;
  it.fiber->before_entering();
  it.enter();
  it.fiber->left();
}

void* large_stack::bottom() const noexcept { return static_cast<char*>(implementation_->mapping) + implementation_->guard; }

}  // namespace orthanc_python
