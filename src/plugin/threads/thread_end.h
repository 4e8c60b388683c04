// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace orthanc_python {

// Has release(object), which must not throw, called when the calling thread ends; one object a thread. On POSIX systems by the
// thread itself. On Windows by another one and a little later: the end of a thread is told under the loader's lock there, and a
// thread that holds the GIL may be waiting for that lock, to import an extension module.
void at_thread_end(void (*release)(void*), void* object) noexcept;

}  // namespace orthanc_python
