// SPDX-License-Identifier: GPL-3.0-or-later
// large_stack by glibc's makecontext/swapcontext: two cheap system calls a switch, and no assembler of our own.
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdint>
#include <new>
#include <optional>

#include "stacks/large_stack.h"
#include "stacks/sanitizer_fiber.h"

namespace orthanc_python {

struct large_stack::implementation {
  void* mapping = nullptr;  // the guard page, then the stack
  std::size_t guard = 0;
  ucontext_t outside{};
  ucontext_t inside{};
  void (*function)(void*) = nullptr;
  void* argument = nullptr;
  std::optional<sanitizer_fiber> fiber;

  // The stack's first frame: waits there for functions to run, so that a context is made once and not for each.
  void serve() noexcept {
    for (;;) {
      fiber->entered();
      function(argument);
      fiber->before_leaving();
      swapcontext(&inside, &outside);
    }
  }

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
  swapcontext(&it.outside, &it.inside);
  it.fiber->left();
}

void* large_stack::bottom() const noexcept { return static_cast<char*>(implementation_->mapping) + implementation_->guard; }

}  // namespace orthanc_python
