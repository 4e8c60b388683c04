// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>

namespace orthanc_python {

// Throw and catch an exception, so that those of other libraries can be caught.
//
// With GCC's runtime linked statically, a library has its own copy of libgcc's unwinder, whose register table is filled by its
// first throw. Without that, an exception of another copy aborts the process. LLVM's libunwind, in releases for Linux, cannot
// read the context of libgcc's unwinder: there such an exception ends the process all the same.
inline void prepare_to_catch() noexcept {
  try {
    throw std::exception();
  } catch (const std::exception&) {
  }
}

}  // namespace orthanc_python
