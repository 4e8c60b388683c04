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
  return to_bytes(start, given);
}

}  // namespace orthanc_python
