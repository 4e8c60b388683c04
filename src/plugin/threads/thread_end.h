// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace orthanc_python {

// Have release(object) called when the calling thread ends; one object a thread. It must not throw. On POSIX systems the thread
// itself calls it. On Windows another one does, a little later: a thread's end is announced under the loader's lock there, and
// a thread that holds the GIL may be waiting for that lock, to import an extension module.
void at_thread_end(void (*release)(void*), void* object) noexcept;

}  // namespace orthanc_python
