// SPDX-License-Identifier: GPL-3.0-or-later
// By a pipe that Orthanc alone can write to: its end is that of the process. PR_SET_PDEATHSIG would end a worker with the
// thread that has forked it, and a program that Python starts, with a function to be called before it, would inherit that.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "processes/worker/parent_end.h"

namespace orthanc_python {

namespace {

int read_end = -1;
int write_end = -1;

void* wait_for_end(void*) {
  char byte = 0;
  ssize_t count = 0;
  do {
    count = read(read_end, &byte, 1);
  } while (count < 0 && errno == EINTR);
  if (count == 0) {
    _exit(1);
  }
  return nullptr;  // the worker has closed all files
}

}  // namespace

void begin_parent_watch() noexcept {
  int ends[2];
  if (pipe(ends) != 0) {
    return;
  }
  for (const int end : ends) {
    fcntl(end, F_SETFD, FD_CLOEXEC);
  }
  read_end = ends[0];
  write_end = ends[1];
}

void leave_parent_watch() noexcept {
  if (write_end >= 0) {
    close(std::exchange(write_end, -1));
  }
}

void end_with_parent() noexcept {
  if (read_end < 0) {
    return;
  }
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256u << 10);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // the worker's signals are for its own thread
  pthread_t thread;
  pthread_create(&thread, &attributes, wait_for_end, nullptr);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace orthanc_python
