// SPDX-License-Identifier: GPL-3.0-or-later
// A private stack that a function can be run on, on the calling thread. Orthanc's HTTP threads have stacks of 100 KB, on which
// CPython overflows; moving the work to another thread instead would cost a wake-up each way and break Orthanc's recursive
// locks.
#pragma once

#include <cstddef>
#include <memory>

namespace orthanc_python {

class large_stack {
public:
  static constexpr std::size_t size = 8u << 20;

  // Reserves the address space, with a guard page below; memory is used as the stack grows. Throws std::bad_alloc.
  large_stack();
  ~large_stack();
  large_stack(const large_stack&) = delete;
  large_stack& operator=(const large_stack&) = delete;

  // Run function(argument) and return when it has returned. It must not throw. Not reentrant.
  void run(void (*function)(void*), void* argument) noexcept;

  // Whether CPython cannot ask the system for the bounds of this stack, and needs them set.
  static const bool must_be_told;

  // Lowest usable address, where it must be set.
  void* bottom() const noexcept;

private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace orthanc_python
