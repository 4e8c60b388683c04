// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>

namespace orthanc_python {

// Linked statically, a library has its own copy of the unwinder, whose tables are filled by its first throw. An exception
// that is thrown by another library, with another copy, is caught here only if that has happened; otherwise the process aborts.
inline void prepare_to_catch() noexcept {
  try {
    throw std::exception();
  } catch (const std::exception&) {
  }
}

}  // namespace orthanc_python
