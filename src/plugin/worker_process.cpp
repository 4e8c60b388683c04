// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker_process.h"

#ifndef _WIN32
#include <pthread.h>
#include <signal.h>

#include <initializer_list>
#endif

namespace orthanc_python {

namespace {

bool forked = false;

#ifndef _WIN32
void become_worker() {
  forked = true;
  // Orthanc's handlers only tell its main loop to stop, and a worker has no such loop: Pool.terminate() must end it.
  for (const int number : {SIGINT, SIGTERM, SIGQUIT, SIGHUP}) {
    signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}
#endif

}  // namespace

bool in_worker_process() noexcept { return forked; }

void watch_forks() noexcept {
#ifndef _WIN32
  static const int registered = pthread_atfork(nullptr, nullptr, become_worker);
  (void)registered;
#endif
}

}  // namespace orthanc_python
