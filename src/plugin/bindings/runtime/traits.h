// SPDX-License-Identifier: GPL-3.0-or-later
// Traits of each SDK enumeration and handle, declared for the templates that use them. The generated code defines them.
#pragma once

namespace orthanc_python {

enum class enumeration_id : int;

// Specialised for each SDK enumeration: `id`, and `name` for messages.
template <class E> struct enumeration_of;

// Specialised for each SDK handle: `name`, and `release` to free an owned one.
template <class T> struct handle_traits;

}  // namespace orthanc_python
