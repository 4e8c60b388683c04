// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>

namespace orthanc_python {

// Throw and catch an exception, so that those of other libraries can be caught.
//
// With GCC's runtime linked statically, a library has its own copy of libgcc's unwinder, whose register table is filled by its
// first throw. Without that, an exception of another copy aborts the process. Releases for Linux share the process's
// unwinder: see cmake/toolchains/zig_link.py.
inline void prepare_to_catch() noexcept {
  try {
    throw std::exception();
  } catch (const std::exception&) {
  }
}

}  // namespace orthanc_python
