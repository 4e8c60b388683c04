// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterOnChangeCallback: Python is told of changes, in order, on a thread of the plugin's own. Orthanc signals some of them
// while it holds locks that most SDK functions need, so the script must not run on Orthanc's thread.
#include "callbacks/change.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registrations.h"

namespace orthanc_python {

namespace {

registrations listeners;

struct change {
  OrthancPluginChangeType type;
  OrthancPluginResourceType level;
  std::string resource;
  bool has_resource;
};

void tell(const change& told) noexcept {
  run_callback([&] {
    for (const registered_function& listener : listeners.all()) {
      const bool heard = guarded([&] {
        const nb::object resource = told.has_resource ? to_text(told.resource.c_str()) : nb::none();
        run_python(listener.function, member(told.type).ptr(), member(told.level).ptr(), resource.ptr());
      });
      if (!heard) {
        report_error("the change callback", listener);
      }
    }
  });
}

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

  // True when all changes have been delivered; false when the script did not take them within `patience`.
  bool stop(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    condition_.notify_all();
    const bool delivered = condition_.wait_for(lock, patience, [this] { return finished_; });
    lock.unlock();
    if (delivered) {
      thread_.join();
    } else {
      thread_.detach();
    }
    return delivered;
  }

private:
  void deliver() noexcept {
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

std::shared_ptr<change_queue> current_queue() {
  const std::lock_guard lock(queue_mutex);
  return queue;
}

OrthancPluginErrorCode on_change(OrthancPluginChangeType type, OrthancPluginResourceType level, const char* resource) noexcept {
  try {
    if (const auto current = current_queue(); current != nullptr) {
      current->push({type, level, resource == nullptr ? "" : resource, resource != nullptr});
    }
    return OrthancPluginErrorCode_Success;
  } catch (const std::bad_alloc&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
}

void start_queue() {
  const auto started = std::make_shared<change_queue>();
  started->start();
  const std::lock_guard lock(queue_mutex);
  queue = started;
}

void register_listener(const callback_argument& callback) {
  listeners.add(callback, [] {
    start_queue();
    call({"RegisterOnChangeCallback", ""}, [] { OrthancPluginRegisterOnChangeCallback(sdk(), on_change); });
  });
}

}  // namespace

void stop_change_callbacks(std::chrono::milliseconds patience) {
  std::shared_ptr<change_queue> stopped;
  {
    const std::lock_guard lock(queue_mutex);
    stopped = std::exchange(queue, nullptr);
  }
  if (stopped != nullptr && !stopped->stop(patience)) {
    log_warning("Python: the change callback is still running, the stop does not wait for it any longer");
  }
}

void init_change_callbacks(nb::module_& module) {
  module.def("RegisterOnChangeCallback", &register_listener, nb::arg("callback"),
             "Calls callback(change_type, level, resource_id) for each change, in order, on a thread on which every SDK function "
             "may be called.");
}

}  // namespace orthanc_python
