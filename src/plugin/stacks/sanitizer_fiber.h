// SPDX-License-Identifier: GPL-3.0-or-later
// Tells AddressSanitizer and ThreadSanitizer of switches between stacks: the one would take the frames of the other stack for
// garbage, the other would mix up what was called where. Without a sanitizer it does nothing.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)  // GCC
#define ORTHANC_PYTHON_ASAN
#elif defined(__SANITIZE_THREAD__)
#define ORTHANC_PYTHON_TSAN
#elif defined(__has_feature)  // Clang
#if __has_feature(address_sanitizer)
#define ORTHANC_PYTHON_ASAN
#elif __has_feature(thread_sanitizer)
#define ORTHANC_PYTHON_TSAN
#endif
#endif

#if defined(ORTHANC_PYTHON_ASAN) || defined(ORTHANC_PYTHON_TSAN)
#define ORTHANC_PYTHON_SANITIZER_FIBER
#endif

#if defined(ORTHANC_PYTHON_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(ORTHANC_PYTHON_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace orthanc_python {

#if defined(ORTHANC_PYTHON_ASAN)

class sanitizer_fiber {
public:
  sanitizer_fiber(const void* bottom, std::size_t size) : bottom_(bottom), size_(size) {}
  ~sanitizer_fiber() { __asan_unpoison_memory_region(bottom_, size_); }  // whatever is mapped there next starts clean

  void before_entering() noexcept { __sanitizer_start_switch_fiber(&outside_frames_, bottom_, size_); }
  void entered() noexcept { __sanitizer_finish_switch_fiber(inside_frames_, &outside_bottom_, &outside_size_); }
  void before_leaving() noexcept { __sanitizer_start_switch_fiber(&inside_frames_, outside_bottom_, outside_size_); }
  void left() noexcept { __sanitizer_finish_switch_fiber(outside_frames_, nullptr, nullptr); }

private:
  const void* bottom_;
  const std::size_t size_;
  const void* outside_bottom_ = nullptr;
  std::size_t outside_size_ = 0;
  void* inside_frames_ = nullptr;  // where ASan keeps frames that it looks after for longer than they live
  void* outside_frames_ = nullptr;
};

#elif defined(ORTHANC_PYTHON_TSAN)

class sanitizer_fiber {
public:
  sanitizer_fiber(const void*, std::size_t) : inside_(__tsan_create_fiber(0)) {}
  ~sanitizer_fiber() { __tsan_destroy_fiber(inside_); }

  void before_entering() noexcept {
    outside_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(inside_, 0);
  }
  void entered() noexcept {}
  void before_leaving() noexcept { __tsan_switch_to_fiber(outside_, 0); }
  void left() noexcept {}

private:
  void* inside_;
  void* outside_ = nullptr;
};

#else

class sanitizer_fiber {
public:
  sanitizer_fiber(const void*, std::size_t) noexcept {}
  void before_entering() noexcept {}
  void entered() noexcept {}
  void before_leaving() noexcept {}
  void left() noexcept {}
};

#endif

}  // namespace orthanc_python
