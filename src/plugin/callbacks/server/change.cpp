// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterOnChangeCallback: Python gets changes, in order, on a separate thread of the plugin. Orthanc signals some of
// them while it holds locks that most SDK functions need, so the script must not run on Orthanc's thread.
#include "callbacks/server/change.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/registrations.h"
#include "embedded/python_sources.h"
#include "life/plugin.h"
#include "life/stop_pauses.h"

namespace orthanc_python {

namespace {

registrations change_listeners("change");

struct change {
  OrthancPluginChangeType type;
  OrthancPluginResourceType level;
  std::string resource;  // empty for a change of no resource
  std::int64_t begin = monotonic_nanoseconds();
};

void tell(const change& told) noexcept {
  run_callback([&] {
    for (const registered_function& listener : change_listeners.all()) {
      const bool heard = guarded([&] {
        run_python(measured_call(listener, told.resource.c_str()), member(told.type).ptr(), member(told.level).ptr(),
                   to_text(told.resource.c_str()).ptr());
      });
      if (!heard) {
        report_error("the change callback", listener);
      }
    }
  });
}

using counts = std::map<OrthancPluginChangeType, std::size_t>;

// "3 changes: NEW_INSTANCE (2), STABLE_STUDY (1)".
std::string described(const counts& kinds) {
  std::size_t all = 0;
  std::string text;
  for (const auto& [kind, count] : kinds) {
    const auto type = kind;  // a lambda cannot capture the other in Clang 14
    std::string name = std::to_string(static_cast<int>(type));
    run_in_python(interpreter_gate(), [&] {
      guarded_or_clear(
          [&] { name = nb::cast<std::string>(module_of_embedded().attr("ChangeType")(static_cast<int>(type)).attr("name")); });
    });
    all += count;
    text += (text.empty() ? "" : ", ") + name + " (" + std::to_string(count) + ")";
  }
  return std::to_string(all) + (all == 1 ? " change: " : " changes: ") + text;
}

// After the timeout, for the end of the listener's present call and for ORTHANC_STOPPED.
constexpr auto grace = std::chrono::seconds(1);

// Changes on their way to Python, and the thread that takes them there. Lives until both its owner and its thread have let go.
class change_queue : public std::enable_shared_from_this<change_queue> {
public:
  void start() {
    thread_ = std::thread([self = shared_from_this()] { self->deliver(); });
  }

  void push(change added) {
    {
      const std::lock_guard lock(mutex_);
      changes_.push_back(std::move(added));
    }
    condition_.notify_all();
  }

  // Takes no more changes, and waits until the script has taken those that are there. After `timeout` it drops them, but for
  // ORTHANC_STOPPED, and counts them in `dropped`. False when a call of the script goes on.
  bool stop(std::chrono::milliseconds timeout, counts& dropped) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    condition_.notify_all();
    const auto is_finished = [this] { return finished_; };
    if (!condition_.wait_for(lock, timeout, is_finished)) {
      drop(dropped, false);
      condition_.wait_for(lock, grace, is_finished);
      drop(dropped, true);
    }
    const bool ended = finished_;
    lock.unlock();
    if (ended) {
      thread_.join();
    } else {
      thread_.detach();
    }
    return ended;
  }

  change_queue_state state() {
    const std::lock_guard lock(mutex_);
    return {changes_.size(), changes_.empty() ? 0 : monotonic_nanoseconds() - changes_.front().begin};
  }

private:
  void drop(counts& dropped, bool the_stop_too) {
    std::erase_if(changes_, [&](const change& each) {
      const bool goes = the_stop_too || each.type != OrthancPluginChangeType_OrthancStopped;
      dropped[each.type] += goes ? 1 : 0;
      return goes;
    });
    std::erase_if(dropped, [](const auto& kind) { return kind.second == 0; });
  }

  void deliver() noexcept {
    mark_plugins_thread();
    const thread_name named("PYTHON-CHANGES");
    std::unique_lock lock(mutex_);
    for (;;) {
      condition_.wait(lock, [this] { return stopping_ || !changes_.empty(); });
      if (changes_.empty()) {
        finished_ = true;
        condition_.notify_all();
        return;
      }
      const change next = std::move(changes_.front());
      changes_.pop_front();
      lock.unlock();
      wait_for_end_of_pause();
      tell(next);
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable condition_;
  std::deque<change> changes_;
  bool stopping_ = false;
  bool finished_ = false;
  std::thread thread_;
};

// The queue of the plugin's present life, if it has one. Both are never destroyed: the process may exit in other ways than
// through the plugin's finalization.
std::mutex& queue_mutex = *new std::mutex;
std::shared_ptr<change_queue>& queue = *new std::shared_ptr<change_queue>;

counts& late = *new counts;  // changes that came after the queue's end
bool ended = false;          // the queue of the present life, after it has been used
bool stop_begun = false;     // of the present life: no queue is begun any more

OrthancPluginErrorCode on_change(OrthancPluginChangeType type, OrthancPluginResourceType level, const char* resource) noexcept {
  try {
    {
      const std::lock_guard lock(queue_mutex);
      if (queue != nullptr) {
        queue->push({type, level, resource == nullptr ? "" : resource});
      } else if (ended) {
        ++late[type];
      }
    }
    note_event();
    if (type == OrthancPluginChangeType_OrthancStarted) {
      note_start_of_orthanc();
    } else if (type == OrthancPluginChangeType_OrthancStopped) {
      stop_while_orthanc_is_whole();
    }
    return OrthancPluginErrorCode_Success;
  } catch (const std::bad_alloc&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
}

void start_queue() {
  const std::lock_guard lock(queue_mutex);
  if (stop_begun) {
    throw_runtime_error("RegisterOnChangeCallback cannot be called any more: Orthanc has stopped");
  }
  const auto started = std::make_shared<change_queue>();
  started->start();
  queue = started;
}

void register_change_listener(const callback_argument& callback) {
  change_listeners.add(callback, [] { start_queue(); });
}

}  // namespace

void start_change_callbacks() {
  {
    const std::lock_guard lock(queue_mutex);
    ended = stop_begun = false;
    late.clear();
  }
  OrthancPluginRegisterOnChangeCallback(sdk(), on_change);
}

void stop_change_callbacks(std::chrono::milliseconds timeout) noexcept {
  std::shared_ptr<change_queue> stopped;
  {
    const std::lock_guard lock(queue_mutex);
    stopped = std::exchange(queue, nullptr);
    stop_begun = true;
    ended = ended || stopped != nullptr;
  }
  if (stopped == nullptr) {
    return;
  }
  counts dropped;
  if (!stopped->stop(timeout, dropped)) {
    log_warning("Python: the change callback is still running, the stop does not wait for it any longer");
  }
  if (!dropped.empty()) {
    log_warning("Python: the stop has taken too long, so that the script is not told of " + described(dropped));
  }
}

change_queue_state state_of_changes() {
  std::shared_ptr<change_queue> present;
  {
    const std::lock_guard lock(queue_mutex);
    present = queue;
  }
  return present == nullptr ? change_queue_state{0, 0} : present->state();
}

void report_late_changes() noexcept {
  counts reported;
  {
    const std::lock_guard lock(queue_mutex);
    reported = std::exchange(late, {});
  }
  if (!reported.empty()) {
    log_warning("Python: the script is not told of what came after ORTHANC_STOPPED, " + described(reported));
  }
}

void init_change_callbacks(nb::module_& module) {
  define<"RegisterOnChangeCallback"_routine>(module, &register_change_listener);
}

}  // namespace orthanc_python
