// SPDX-License-Identifier: GPL-3.0-or-later
// By DllMain, because GCC's destructors of thread_local objects run when the memory of these objects is gone already.
#include <windows.h>

#include "threads/thread_end.h"

namespace orthanc_python {

namespace {

DWORD slot = TLS_OUT_OF_INDEXES;
void (*release_function)(void*) = nullptr;

void CALLBACK release_later(PTP_CALLBACK_INSTANCE, void* object) { release_function(object); }

}  // namespace

void at_thread_end(void (*release)(void*), void* object) noexcept {
  release_function = release;
  TlsSetValue(slot, object);
}

void on_thread_end() noexcept {
  if (void* object = TlsGetValue(slot); object != nullptr) {
    // The system's thread pool takes no loader lock. The library is pinned, so the code will be there.
    TrySubmitThreadpoolCallback(release_later, object, nullptr);
  }
}

}  // namespace orthanc_python

extern "C" BOOL WINAPI DllMain(HINSTANCE, DWORD reason, void*) {
  if (reason == DLL_PROCESS_ATTACH) {
    orthanc_python::slot = TlsAlloc();
    return orthanc_python::slot != TLS_OUT_OF_INDEXES;
  }
  if (reason == DLL_THREAD_DETACH) {
    orthanc_python::on_thread_end();
  }
  return TRUE;
}
