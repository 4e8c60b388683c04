// SPDX-License-Identifier: GPL-3.0-or-later
// The kinds of argument that SDK functions take. Each wraps the Python object; the function's body converts it before the GIL
// is released. A wrong type is a TypeError of define.h, for which the kinds have names; a right type with a wrong value raises
// here.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "bindings/enumerations.h"
#include "conversion/nanobind.h"

namespace orthanc_python {

// A str, as UTF-8 that lives as long as the argument. Raises ValueError on an embedded NUL.
struct text {
  static constexpr const char* name = "str";
  static constexpr bool accepts_none = false;
  static bool accepts(PyObject* object) noexcept { return PyUnicode_Check(object); }
  PyObject* object = nullptr;
  const char* c_str() const;
};

// A str or None.
struct optional_text {
  static constexpr const char* name = "str";
  static constexpr bool accepts_none = true;
  static bool accepts(PyObject* object) noexcept { return object == Py_None || PyUnicode_Check(object); }
  PyObject* object = nullptr;
  const char* c_str() const { return object == Py_None ? nullptr : text{object}.c_str(); }
};

// Bytes-like, str (encoded as UTF-8) or None (empty).
struct buffer {
  static constexpr const char* name = "bytes-like, str";
  static constexpr bool accepts_none = true;
  static bool accepts(PyObject* object) noexcept {
    return object == Py_None || PyUnicode_Check(object) || PyObject_CheckBuffer(object);
  }
  PyObject* object = nullptr;
};

// Holds a buffer's memory. Raises BufferError if it is not contiguous.
class buffer_view {
public:
  explicit buffer_view(const buffer& argument);
  ~buffer_view();
  buffer_view(const buffer_view&) = delete;
  buffer_view& operator=(const buffer_view&) = delete;

  const void* data() const noexcept { return data_; }
  std::size_t bytes() const noexcept { return size_; }

  // The size in the SDK's type. Raises OverflowError when it does not fit.
  template <class Size> Size size() const {
    if (size_ > static_cast<std::uint64_t>(std::numeric_limits<Size>::max())) {
      throw_too_large(size_, sizeof(Size) * 8);
    }
    return static_cast<Size>(size_);
  }

private:
  [[noreturn]] static void throw_too_large(std::size_t size, std::size_t bits);

  Py_buffer view_{};
  const void* data_ = nullptr;
  std::size_t size_ = 0;
};

// Raise OverflowError outside [minimum, maximum].
std::int64_t signed_value(PyObject* object, std::int64_t minimum, std::int64_t maximum);
std::uint64_t unsigned_value(PyObject* object, std::uint64_t maximum);

// An int that must fit in the SDK's type.
template <class T> struct number {
  static constexpr const char* name = "int";
  static constexpr bool accepts_none = false;
  static bool accepts(PyObject* object) noexcept { return PyIndex_Check(object); }
  PyObject* object = nullptr;

  T value() const {
    using limits = std::numeric_limits<T>;
    if constexpr (std::is_signed_v<T>) {
      return static_cast<T>(signed_value(object, limits::min(), limits::max()));
    } else {
      return static_cast<T>(unsigned_value(object, limits::max()));
    }
  }
};

// A member of an SDK enumeration, or its int.
template <class E> struct enumeration {
  static constexpr const char* name = enumeration_of<E>::name;
  static constexpr bool accepts_none = false;
  static bool accepts(PyObject* object) noexcept { return PyLong_Check(object); }
  PyObject* object = nullptr;
  E value() const { return static_cast<E>(enumeration_value(enumeration_of<E>::id, object)); }
};

// A dict of str to str, or None.
struct string_map {
  static constexpr const char* name = "dict";
  static constexpr bool accepts_none = true;
  static bool accepts(PyObject* object) noexcept { return object == Py_None || PyDict_Check(object); }
  PyObject* object = nullptr;
};

// Its keys and values as the SDK's two arrays. Raises TypeError if one is not a str.
class string_map_view {
public:
  explicit string_map_view(const string_map& argument);
  std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(keys_.size()); }
  const char* const* keys() const noexcept { return keys_.data(); }
  const char* const* values() const noexcept { return values_.data(); }

private:
  std::vector<std::string> texts_;
  std::vector<const char*> keys_;
  std::vector<const char*> values_;
};

}  // namespace orthanc_python
