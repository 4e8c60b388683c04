// SPDX-License-Identifier: GPL-3.0-or-later
#include "life/stop_pauses.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "interpreter/signals.h"

namespace orthanc_python {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Each period ends with a pause of half its length. Periods get longer, because Orthanc may have more events to work off than
// one pause allows.
constexpr auto first_period = milliseconds(500);
constexpr auto longest_period = milliseconds(8000);

std::atomic<bool> seen_waiting{false};  // Orthanc, for a signal
constexpr auto never = steady_clock::time_point::min();
std::atomic<steady_clock::time_point> stop_begin{never};

bool is_pause(steady_clock::duration since_begin) noexcept {
  steady_clock::duration period = first_period;
  while (since_begin >= period) {
    since_begin -= period;
    period = std::min<steady_clock::duration>(period * 2, longest_period);
  }
  return since_begin >= period / 2;
}

}  // namespace

void note_event() noexcept {
  if (orthanc_waits_for_signals()) {
    seen_waiting = true;
    stop_begin = never;
  } else if (seen_waiting) {
    auto expected = never;
    stop_begin.compare_exchange_strong(expected, steady_clock::now());
  }
}

bool has_stop_begun() noexcept {
  note_event();
  return stop_begin.load() != never;
}

void end_pauses() noexcept {
  seen_waiting = false;
  stop_begin = never;
}

void wait_for_end_of_pause() noexcept {
  for (;;) {
    const auto begin = stop_begin.load(std::memory_order_relaxed);
    if (begin == never || !is_pause(steady_clock::now() - begin)) {
      return;
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
}

}  // namespace orthanc_python
