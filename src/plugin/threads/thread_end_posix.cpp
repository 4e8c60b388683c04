// SPDX-License-Identifier: GPL-3.0-or-later
#include "threads/thread_end.h"

namespace orthanc_python {

namespace {

// A C++ object rather than a key of pthreads': CPython has keys of its own, whose values may be gone when such a key's turn
// comes.
struct ending {
  void (*release)(void*) = nullptr;
  void* object = nullptr;

  ~ending() {
    if (release != nullptr) {
      release(object);
    }
  }
};

thread_local ending this_thread;

}  // namespace

void at_thread_end(void (*release)(void*), void* object) noexcept {
  this_thread.release = release;
  this_thread.object = object;
}

}  // namespace orthanc_python
