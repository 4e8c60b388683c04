// SPDX-License-Identifier: GPL-3.0-or-later
#include "dashboard/history.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include "callbacks/server/change.h"
#include "embedded/python_sources.h"
#include "metrics/calls/callback_record.h"
#include "metrics/calls/numbers.h"
#include "metrics/helper_thread.h"
#include "processes/process_usage.h"
#include "sdk/errors.h"
#include "sdk/sdk.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

constexpr auto interval = std::chrono::seconds(2);
constexpr auto memory_timeout = std::chrono::milliseconds(500);
constexpr std::size_t most_points = 360;    // of the process
constexpr std::size_t recent_points = 151;  // of each callback: five minutes

struct point {
  std::int64_t unix_seconds = 0;
  std::int64_t resident_bytes = 0;
  std::int64_t allocated_blocks = 0;  // 0 if Python did not answer
  std::uint64_t calls = 0;            // so far, of all callbacks
  std::uint64_t errors = 0;
  int waiting_for_gil = 0;
  std::size_t changes = 0;
};

struct callback_point {  // all so far
  std::uint64_t calls;
  std::uint64_t errors;
  std::int64_t nanoseconds;
};

// 0 where Python does not answer.
std::int64_t allocated_blocks() {
  const auto blocks = std::make_shared<std::atomic<std::int64_t>>(0);
  run_within(
      [blocks] {
        guarded_or_clear([&] { *blocks = nb::cast<std::int64_t>(library_module("sys").attr("getallocatedblocks")()); });
      },
      memory_timeout);
  return *blocks;
}

point point_of_now(const std::vector<callback_point>& callbacks) {
  using namespace std::chrono;
  point result;
  result.unix_seconds = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
  result.resident_bytes = usage_of_process().resident_bytes;
  result.allocated_blocks = allocated_blocks();
  for (const callback_point& each : callbacks) {
    result.calls += each.calls;
    result.errors += each.errors;
  }
  result.waiting_for_gil = threads_waiting_for_gil();
  result.changes = state_of_changes().length;
  return result;
}

std::vector<callback_point> callback_points() {
  std::vector<callback_point> result;
  for (const callback_record* record : all_records()) {
    result.push_back(
        {record->calls(), record->errors.load(std::memory_order_relaxed), record->nanoseconds.load(std::memory_order_relaxed)});
  }
  return result;
}

std::string array_json(const char* name, const std::string& items) { return member_of(name, "[" + items + "]"); }

// Never destroyed: its thread goes on until the end of the process.
class history {
public:
  void keep(bool on) {
    const std::lock_guard lock(mutex_);
    on_ = on;
    if (on && !started_) {
      std::thread([this] { serve(); }).detach();
      started_ = true;
    }
    if (!on) {
      points_.clear();
      recent_.clear();
      step_ = 1;
    }
    changed_.notify_all();
  }

  std::string json() {
    const std::lock_guard lock(mutex_);
    std::string times, resident, blocks, calls, errors, waiting, changes;
    for (const point& each : points_) {
      const char* comma = times.empty() ? "" : ", ";
      times += comma + std::to_string(each.unix_seconds);
      resident += comma + std::to_string(each.resident_bytes);
      blocks += comma + std::to_string(each.allocated_blocks);
      calls += comma + std::to_string(each.calls);
      errors += comma + std::to_string(each.errors);
      waiting += comma + std::to_string(each.waiting_for_gil);
      changes += comma + std::to_string(each.changes);
    }
    return "{" + member_of("IntervalSeconds", std::to_string(interval.count())) + ", " + array_json("Times", times) + ", " +
           array_json("ResidentBytes", resident) + ", " + array_json("AllocatedBlocks", blocks) + ", " +
           array_json("Calls", calls) + ", " + array_json("Errors", errors) + ", " + array_json("GilWaitingThreads", waiting) +
           ", " + array_json("ChangeQueueLength", changes) + "}";
  }

  std::vector<std::string> recent_json(std::size_t records) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> result;
    result.reserve(records);
    for (std::size_t record = 0; record < records; ++record) {
      result.push_back(recent_json_of(record));
    }
    return result;
  }

private:
  // A record that was not there yet had no calls.
  callback_point at(std::size_t time, std::size_t record) const {
    return record < recent_[time].size() ? recent_[time][record] : callback_point{0, 0, 0};
  }

  std::string recent_json_of(std::size_t record) const {
    std::string calls, errors, seconds;
    for (std::size_t time = 1; time < recent_.size(); ++time) {
      const callback_point former = at(time - 1, record);
      const callback_point now = at(time, record);
      const char* comma = time == 1 ? "" : ",";
      calls += comma + std::to_string(now.calls - former.calls);
      errors += comma + std::to_string(now.errors - former.errors);
      seconds += comma + seconds_text(now.nanoseconds - former.nanoseconds);
    }
    return array_json("RecentCalls", calls) + ", " + array_json("RecentErrors", errors) + ", " +
           array_json("RecentSeconds", seconds);
  }

  void serve() noexcept {
    mark_plugins_thread();
    std::unique_lock lock(mutex_);
    for (std::uint64_t tick = 0;; ++tick) {
      changed_.wait(lock, [this] { return on_; });
      lock.unlock();
      bool taken = true;
      std::vector<callback_point> callbacks;
      point now;
      try {
        callbacks = callback_points();
        now = point_of_now(callbacks);
      } catch (const std::bad_alloc&) {
        taken = false;
      }
      lock.lock();
      if (on_ && taken) {
        add(tick, now, std::move(callbacks));
      }
      changed_.wait_for(lock, interval, [this] { return !on_; });
    }
  }

  // Once there are too many points, every second one goes.
  void add(std::uint64_t tick, const point& now, std::vector<callback_point> callbacks) noexcept {
    try {
      recent_.push_back(std::move(callbacks));
      if (recent_.size() > recent_points) {
        recent_.pop_front();
      }
      if (tick % step_ == 0) {
        points_.push_back(now);
      }
    } catch (const std::bad_alloc&) {
    }
    if (points_.size() > most_points) {
      for (std::size_t i = 0; 2 * i < points_.size(); ++i) {
        points_[i] = points_[2 * i];
      }
      points_.resize((points_.size() + 1) / 2);
      step_ *= 2;
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<point> points_;
  std::deque<std::vector<callback_point>> recent_;
  std::uint64_t step_ = 1;
  bool on_ = false;
  bool started_ = false;
};

history& the_history = *new history;
std::atomic<bool> kept{false};

}  // namespace

void keep_history(bool on) {
  kept = on;
  try {
    the_history.keep(on);
  } catch (const std::system_error& error) {
    log_warning(std::string("Python: no thread to collect the history of the dashboard: ") + error.what());
  }
}

bool is_history_kept() noexcept { return kept; }

std::string history_json() { return the_history.json(); }

std::vector<std::string> recent_calls_json(std::size_t records) { return the_history.recent_json(records); }

}  // namespace orthanc_python
