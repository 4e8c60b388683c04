// SPDX-License-Identifier: GPL-3.0-or-later
// A bounded byte queue from an Orthanc thread to Python, in order. The faster side waits.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>

#include "bindings/runtime/define.h"
#include "conversion/nanobind.h"

namespace orthanc_python {

// The queue itself. Classes derived from it have what its two ends exchange beyond bytes, under the same lock.
class byte_stream {
public:
  static constexpr std::size_t capacity = 1u << 20;

protected:
  ~byte_stream() = default;

  // Adds bytes. While there is no room, waits as wait(lock) does; it returns false when nobody reads any more.
  template <class Wait> bool push(const void* data, std::size_t size, Wait&& wait) {
    const char* next = static_cast<const char*>(data);
    std::unique_lock lock(mutex_);
    while (size > 0) {
      if (!wait(lock)) {
        return false;
      }
      const std::size_t taken = std::min(size, capacity - bytes_.size());
      bytes_.append(next, taken);
      next += taken;
      size -= taken;
      changed_.notify_all();
    }
    return true;
  }

  bool is_full() const noexcept { return bytes_.size() >= capacity; }

  // Takes all bytes that have arrived.
  std::string take() {
    std::string taken;
    taken.swap(bytes_);
    changed_.notify_all();
    return taken;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string bytes_;  // that have arrived, and not been read
};

// Python's end: an iterator of bytes that has read() as well.
class byte_reader {
public:
  virtual ~byte_reader() = default;

  // bytes; raises StopIteration at the end.
  nb::object next();

  // So many bytes, or fewer at the end; all of them for a negative size.
  nb::object read(Py_ssize_t size);

protected:
  // Bytes, as soon as there are some; none at the end. Called with the GIL; may raise.
  virtual std::string next_bytes() = 0;

private:
  // Frees the bytes that read() has left, once all of them are read.
  void free_read() noexcept;

  std::string unread_;  // what read() may have left, from position_ on
  std::size_t position_ = 0;
};

// Adds the methods of a reader to its class: the places of its __iter__(), __next__() and read() in the table of routines.
template <class Reader, std::size_t Iter, std::size_t Next, std::size_t Read> void define_reader(nb::module_& module) {
  define<Iter>(module, [](const receiver<Reader>& self) { return nb::borrow(self.python); });
  define<Next>(module, [](const receiver<Reader>& self) {
    const nb::ft_object_guard guard(self.python);
    return self->next();
  });
  define<Read>(module, [](const receiver<Reader>& self, const number<Py_ssize_t>& size) {
    const nb::ft_object_guard guard(self.python);
    return self->read(size.value());
  });
}

}  // namespace orthanc_python
