// SPDX-License-Identifier: GPL-3.0-or-later
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <initializer_list>

#include "processes/worker/inherited_files.h"
#include "processes/worker/parent_end.h"
#include "processes/worker/worker_process.h"

namespace orthanc_python {

namespace {

bool forked = false;
pthread_key_t last_thread;  // set for the one thread of a worker: the process ends with it

thread_local sigset_t mask_before_fork;

// A signal that reached the worker before become_worker would go to Orthanc's handler, and be lost.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &mask_before_fork);
}

void unblock_signals() { pthread_sigmask(SIG_SETMASK, &mask_before_fork, nullptr); }

void become_worker() {
  forked = true;
  pthread_setspecific(last_thread, &forked);
  // Orthanc's handlers only make its main loop stop, and a worker has no such loop: Pool.terminate() must end it.
  for (const int number : {SIGINT, SIGTERM, SIGQUIT, SIGHUP}) {
    signal(number, SIG_DFL);
    sigdelset(&mask_before_fork, number);
  }
  leave_parent_watch();
  close_inherited_files();
  unblock_signals();
}

}  // namespace

bool in_worker_process() noexcept { return forked; }

void end_worker_process(int status) noexcept { _exit(status); }

void watch_forks() noexcept {
  static const int registered = [] {
    begin_parent_watch();
    // Not a C++ object of the thread, whose destructor exit() would call too.
    if (const int error = pthread_key_create(&last_thread, [](void*) { end_worker_process(0); }); error != 0) {
      return error;
    }
    return pthread_atfork(block_signals, unblock_signals, become_worker);
  }();
  (void)registered;
}

}  // namespace orthanc_python
