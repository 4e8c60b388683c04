// SPDX-License-Identifier: GPL-3.0-or-later
// large_stack by a second thread with a stack of that size, for systems without a way to switch stacks (macOS). The calling
// thread waits for it. The locks that Orthanc's thread holds are not the second thread's.
#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <new>

#include "stacks/large_stack.h"

namespace orthanc_python {

struct large_stack::implementation {
  pthread_t thread{};
  std::mutex mutex;
  std::condition_variable changed;
  void (*function)(void*) = nullptr;  // what is to be run; nullptr when it has been
  void* argument = nullptr;
  bool ending = false;

  static void* serve(void* self) noexcept {
    auto& it = *static_cast<implementation*>(self);
    std::unique_lock lock(it.mutex);
    for (;;) {
      it.changed.wait(lock, [&] { return it.function != nullptr || it.ending; });
      if (it.ending) {
        return nullptr;
      }
      lock.unlock();
      it.function(it.argument);
      lock.lock();
      it.function = nullptr;
      it.changed.notify_all();
    }
  }
};

const bool large_stack::must_be_told = false;

large_stack::large_stack() : implementation_(std::make_unique<implementation>()) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, size);
  const int error = pthread_create(&implementation_->thread, &attributes, implementation::serve, implementation_.get());
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    throw std::bad_alloc();
  }
}

large_stack::~large_stack() {
  implementation& it = *implementation_;
  {
    const std::lock_guard lock(it.mutex);
    it.ending = true;
  }
  it.changed.notify_all();
  pthread_join(it.thread, nullptr);
}

void large_stack::run(void (*function)(void*), void* argument) noexcept {
  implementation& it = *implementation_;
  std::unique_lock lock(it.mutex);
  it.argument = argument;
  it.function = function;
  it.changed.notify_all();
  it.changed.wait(lock, [&] { return it.function == nullptr; });
}

void* large_stack::bottom() const noexcept { return nullptr; }

}  // namespace orthanc_python
