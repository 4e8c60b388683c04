// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/watcher.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>

#include "callbacks/server/change.h"
#include "embedded/python_sources.h"
#include "log_text.h"
#include "metrics/calls/calls_in_flight.h"
#include "metrics/calls/numbers.h"
#include "metrics/helper_thread.h"
#include "sdk/errors.h"
#include "sdk/sdk.h"

namespace orthanc_python {

namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t gap_between_warnings = 60'000'000'000;  // of one callback
constexpr auto watcher_timeout = std::chrono::seconds(2);

// The stack of a thread, or why there is none.
std::string stack_of(unsigned long thread) {
  const auto stack = std::make_shared<std::string>();
  const bool answered = run_within(
      [stack, thread] {
        if (!guarded([&] { *stack = nb::cast<std::string>(embedded_module("stacks").attr("describe_call")(thread)); })) {
          report_error("the reading of a stack");
        }
      },
      watcher_timeout);
  return answered ? *stack : "Its stack cannot be read: C code holds the GIL, and does not release it.";
}

// With one decimal.
std::string rounded(std::int64_t duration) {
  const std::string text = seconds_text(duration);
  return text.substr(0, text.find('.') + 2);
}

std::string name_of(const callback_record& record) {
  return "the " + record.kind + " callback " + record.function + " (" + record.place + ")";
}

void report(const call_in_flight& call, std::int64_t now) {
  std::string text = "Python: " + name_of(*call.record) + " has been running for " + rounded(now - call.begin) + " seconds";
  if (!call.subject.empty()) {
    text += ", called for " + one_line(call.subject);
  }
  for (const call_in_flight& other : calls_in_flight()) {
    if (other.thread != call.thread || other.begin <= call.begin) {
      continue;  // of another thread, or what has led to the callback
    }
    if (other.handle != nullptr) {
      text += "; it waits for another thread that uses a " + std::string(other.handle);
    } else if (other.record == nullptr) {
      text += "; it is in a call of Orthanc, " + std::string(other.service) +
              (other.waits_for_gil ? ", and waits for the GIL" : "");
    }
    break;  // what comes later is within that call
  }
  log_warning(text + "\n" + stack_of(call.thread));
}

// Never destroyed: its thread goes on until the end of the process.
class watcher {
public:
  void watch(std::int64_t threshold) {
    const std::lock_guard lock(mutex_);
    threshold_ = threshold;
    if (threshold > 0 && !started_) {
      std::thread([this] { serve(); }).detach();
      started_ = true;
    }
    changed_.notify_all();
  }

  void wake() noexcept {
    const std::lock_guard lock(mutex_);
    watcher_sleeps = false;
    changed_.notify_all();
  }

private:
  void serve() noexcept {
    mark_plugins_thread();
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return threshold_ > 0; });
      sleep_until_call(lock);
      const std::int64_t threshold = threshold_;
      if (threshold == 0) {
        continue;
      }
      lock.unlock();
      const std::int64_t next = look(threshold);
      lock.lock();
      changed_.wait_for(lock, nanoseconds(next), [&] { return threshold_ != threshold; });
    }
  }

  // Without calls in flight nothing wakes this thread.
  void sleep_until_call(std::unique_lock<std::mutex>& lock) {
    watcher_sleeps = true;
    std::atomic_thread_fence(std::memory_order_seq_cst);  // as in begin_call: one of the two sees the other
    if (oldest_begin() == 0) {
      changed_.wait(lock, [this] { return !watcher_sleeps || threshold_ == 0; });
    }
    watcher_sleeps = false;
  }

  // Reports what is slow. Returns when to look again, in nanoseconds from now.
  std::int64_t look(std::int64_t threshold) noexcept {
    std::int64_t next = threshold;
    try {
      const std::int64_t now = monotonic_nanoseconds();
      for (const call_in_flight& call : calls_in_flight()) {
        if (call.record == nullptr) {
          continue;
        }
        const std::int64_t warned = warned_[call.record];
        if (const std::int64_t age = now - call.begin; age < threshold) {
          next = std::min(next, threshold - age);
        } else if (warned == 0 || now - warned >= gap_between_warnings) {
          warned_[call.record] = now;
          report(call, now);
        }
      }
      look_at_changes(threshold, now);
    } catch (const std::bad_alloc&) {
    }
    return next;
  }

  void look_at_changes(std::int64_t threshold, std::int64_t now) {
    const change_queue_state changes = state_of_changes();
    if (changes.oldest < threshold || (warned_of_changes_ != 0 && now - warned_of_changes_ < gap_between_warnings)) {
      return;
    }
    warned_of_changes_ = now;
    log_warning("Python: " + std::to_string(changes.length) + " changes wait for the change callbacks, the oldest for " +
                rounded(changes.oldest) + " seconds: the callbacks are slower than the changes come");
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t threshold_ = 0;
  std::map<const callback_record*, std::int64_t> warned_;  // when, of each callback
  std::int64_t warned_of_changes_ = 0;
  bool started_ = false;
};

watcher& the_watcher = *new watcher;

}  // namespace

std::atomic<bool> watcher_sleeps{false};

void wake_watcher() noexcept { the_watcher.wake(); }

void watch_calls(std::chrono::seconds threshold) {
  try {
    the_watcher.watch(std::chrono::duration_cast<nanoseconds>(threshold).count());
  } catch (const std::system_error& error) {
    log_warning(std::string("Python: no thread to watch for slow callbacks: ") + error.what());
  }
}

}  // namespace orthanc_python
