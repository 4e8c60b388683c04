// SPDX-License-Identifier: GPL-3.0-or-later
// Stands before CPython's headers in free-threaded builds for Windows on ARM 64. Those ask for register 18, the address of the
// thread's block, by a function of MSVC that mingw-w64 lacks.
#pragma once

inline unsigned long long __getReg(int) noexcept {
  unsigned long long block;
  __asm__("mov %0, x18" : "=r"(block));
  return block;
}
