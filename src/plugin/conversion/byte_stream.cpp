// SPDX-License-Identifier: GPL-3.0-or-later
#include "conversion/byte_stream.h"

#include <algorithm>
#include <utility>

namespace orthanc_python {

nb::object byte_reader::next() {
  std::string bytes;
  if (position_ == unread_.size()) {
    bytes = next_bytes();
  } else {
    bytes = unread_.substr(std::exchange(position_, unread_.size()));
    free_read();
  }
  if (bytes.empty()) {
    throw nb::stop_iteration();
  }
  return to_bytes(bytes.data(), bytes.size());
}

nb::object byte_reader::read(Py_ssize_t size) {
  const std::size_t wanted = size < 0 ? std::string::npos : static_cast<std::size_t>(size);
  while (unread_.size() - position_ < wanted) {
    const std::string bytes = next_bytes();
    if (bytes.empty()) {
      break;
    }
    unread_.erase(0, std::exchange(position_, 0));
    unread_ += bytes;
  }
  const std::size_t given = std::min(wanted, unread_.size() - position_);
  const char* start = unread_.data() + std::exchange(position_, position_ + given);
  const nb::object result = to_bytes(start, given);
  free_read();
  return result;
}

// The reader may live for long, and the body may be large.
void byte_reader::free_read() noexcept {
  if (position_ == unread_.size()) {
    std::string().swap(unread_);  // clear() would keep the memory
    position_ = 0;
  }
}

}  // namespace orthanc_python
