// SPDX-License-Identifier: GPL-3.0-or-later
// Views: Orthanc memory as a memoryview, without a copy. NumPy can wrap it. A view cannot be taken back once something
// else has wrapped it, and a list or a traceback is enough to keep it. So only memory of objects that Python owns is viewed:
// the view keeps the object, and whoever has the view may use it as long as they like. What Orthanc lends for a callback it
// frees afterwards whatever we do; waiting there for the last view would hang Orthanc's thread. A view of that is one of a
// copy, and a file reads it in pieces.
#pragma once

#include "bindings/runtime/handles.h"
#include "conversion/nanobind.h"

#include <nanobind/ndarray.h>

namespace orthanc_python {

// Keep an owned object as long as the result lives. It cannot be given to Orthanc meanwhile. The handle is in use by the
// caller.
template <class T> nb::object pin(handle<T>& object) {
  nb::object self = nb::find(object);
  nb::capsule pinned(self.ptr(), [](void* kept) noexcept {
    const nb::object object = nb::steal(static_cast<PyObject*>(kept));
    nb::inst_ptr<handle<T>>(object)->remove_view();
  });
  object.add_view();
  self.release();
  return pinned;
}

}  // namespace orthanc_python
