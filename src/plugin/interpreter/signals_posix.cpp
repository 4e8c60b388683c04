// SPDX-License-Identifier: GPL-3.0-or-later
#include "interpreter/signals.h"

#include <signal.h>
#include <sys/time.h>

#include <initializer_list>

namespace orthanc_python {

void ignore_signals_as_python() noexcept {
  for (const int number : {SIGPIPE, SIGXFSZ}) {
    struct sigaction action{};
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) {
      signal(number, SIG_IGN);
    }
  }
}

void cancel_timers() noexcept {
  const itimerval none{};
  for (const auto timer : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    setitimer(timer, &none, nullptr);
  }
}

bool orthanc_waits_for_signals() noexcept {
  // All of them, because the script may have reset some.
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
    struct sigaction action{};
    if (sigaction(number, nullptr, &action) != 0 || (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)) {
      return true;
    }
  }
  return false;
}

}  // namespace orthanc_python
