// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>

#include "processes/process_end.h"
#include "processes/worker/worker_process.h"

// Of the C++ ABI, and of macOS: what the compiler calls for the destructor of a thread_local object. exit() runs these before
// all exit functions.
#ifdef __APPLE__
extern "C" void _tlv_atexit(void (*destructor)(void*), void* object) noexcept;
#else
// NOLINTBEGIN(bugprone-reserved-identifier): names of the C++ ABI
extern "C" int __cxa_thread_atexit(void (*destructor)(void*), void* object, void* library) noexcept;
extern "C" void* __dso_handle;
// NOLINTEND(bugprone-reserved-identifier)
#endif

namespace orthanc_python {

namespace {

using std::chrono::steady_clock;

void (*registered)() = nullptr;

// Never destroyed, because the thread that watches goes on during the exit.
std::atomic<steady_clock::rep> deadline{0};
std::atomic<int> expected_status{0};
std::atomic<bool> destructors_are_left_out{false};

void end_without_destructors() {
  if (destructors_are_left_out.load()) {
    (void)std::fflush(nullptr);
    _exit(expected_status.load());
  }
}

#ifdef __GLIBC__
void note_status(int status, void*) {
  expected_status.store(status);
  end_without_destructors();
}
#endif

void call() {
  if (!in_worker_process()) {
    registered();
  }
}

void call_and_end() {
  call();
  end_without_destructors();
}

void watch() noexcept {
  while (steady_clock::now().time_since_epoch().count() < deadline.load()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the deadline may be brought forward
  }
  constexpr char message[] =
      "Python: the process does not end, perhaps for a thread of the script that works in a library such as OpenBLAS; it is "
      "ended now\n";
  (void)!write(STDERR_FILENO, message, sizeof(message) - 1);
  _exit(expected_status.load());
}

}  // namespace

void at_process_end(void (*function)()) noexcept {
  registered = function;
  const auto destructor = [](void*) { call(); };
#ifdef __APPLE__
  _tlv_atexit(destructor, nullptr);
#else
  __cxa_thread_atexit(destructor, nullptr, static_cast<void*>(&__dso_handle));
#endif
  std::atexit(call_and_end);  // the call: if another thread ends the process
#ifdef __GLIBC__
  on_exit(note_status, nullptr);
#endif
}

void limit_process_end(std::chrono::milliseconds timeout, int otherwise) noexcept {
  const bool watched = deadline.exchange((steady_clock::now() + timeout).time_since_epoch().count()) != 0;
  if (!watched) {
    expected_status.store(otherwise);
    try {
      std::thread(watch).detach();
    } catch (const std::system_error&) {
    }
  }
}

void leave_out_destructors() noexcept { destructors_are_left_out.store(true); }

}  // namespace orthanc_python
