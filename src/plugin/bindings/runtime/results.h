// SPDX-License-Identifier: GPL-3.0-or-later
// The kinds of result that SDK functions give, as Python objects. What Orthanc allocated is freed here.
#pragma once

#include "bindings/runtime/arguments.h"
#include "conversion/nanobind.h"
#include "embedded/python_sources.h"
#include "sdk/calls.h"

namespace orthanc_python {

// A buffer that Orthanc fills (OrthancPluginMemoryBuffer or OrthancPluginMemoryBuffer64). After an error nothing is freed:
// Orthanc may leave the address of what it has freed itself, as that of the headers of an HTTP answer whose body is too large.
template <class Buffer> class memory_buffer {
public:
  memory_buffer() = default;
  ~memory_buffer() {
    if (owned_ && buffer_.data != nullptr) {
      sdk()->Free(buffer_.data);
    }
  }
  memory_buffer(const memory_buffer&) = delete;
  memory_buffer& operator=(const memory_buffer&) = delete;

  Buffer* out() noexcept { return &buffer_; }

  // To be called when the function has succeeded.
  void own() noexcept { owned_ = true; }

  nb::object bytes() const { return to_bytes(buffer_.data, static_cast<std::size_t>(buffer_.size)); }

  // The buffer holds a JSON document.
  nb::object json() const { return buffer_.size == 0 ? nb::object(nb::dict()) : library_module("json").attr("loads")(bytes()); }

private:
  Buffer buffer_{};
  bool owned_ = false;
};

// Copy a Python result to memory that Orthanc frees. Raise OverflowError when it is too large, OrthancException when
// there is no memory.
void hand_over(OrthancPluginMemoryBuffer* target, const buffer_view& content);
void hand_over(OrthancPluginMemoryBuffer64* target, const buffer_view& content);

// A string that belongs to the caller. NULL gives NULL, with OrthancException pending in Python.
nb::object owned_text(const service& called, char* value);

// A string that belongs to Orthanc; NULL is None.
nb::object borrowed_text(const char* value);

}  // namespace orthanc_python
