// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterOnChangeCallback: Python is told of changes, in order, on a thread of the plugin's own. Orthanc signals some of them
// while it holds locks that most SDK functions need, so the script must not run on Orthanc's thread.
#include "callbacks/change.h"

#include <condition_variable>
#include <deque>
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
    for (const nb::object& listener : listeners.all()) {
      const bool heard = guarded([&] {
        const nb::object resource = told.has_resource ? to_text(told.resource.c_str()) : nb::none();
        call_python(listener, member(told.type).ptr(), member(told.level).ptr(), resource.ptr());
      });
      if (!heard) {
        report_error("the change callback", listener.ptr());
      }
    }
  });
}

// Changes on their way to Python.
class change_queue {
public:
  void push(change added) {
    {
      const std::lock_guard lock(mutex_);
      if (!started_) {
        return;
      }
      changes_.push_back(std::move(added));
    }
    condition_.notify_one();
  }

  void start() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(started_, true)) {
      stopping_ = false;
      thread_ = std::thread([this] { deliver(); });
    }
  }

  // Returns when all changes have been delivered.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      if (!started_) {
        return;
      }
      stopping_ = true;
    }
    condition_.notify_one();
    thread_.join();
    const std::lock_guard lock(mutex_);
    started_ = false;
  }

private:
  void deliver() noexcept {
    std::unique_lock lock(mutex_);
    for (;;) {
      condition_.wait(lock, [this] { return stopping_ || !changes_.empty(); });
      if (changes_.empty()) {
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
  bool started_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

// Never destroyed: the process may exit in other ways than through the plugin's finalization.
change_queue& queue() {
  static auto* instance = new change_queue;
  return *instance;
}

OrthancPluginErrorCode on_change(OrthancPluginChangeType type, OrthancPluginResourceType level, const char* resource) noexcept {
  try {
    queue().push({type, level, resource == nullptr ? "" : resource, resource != nullptr});
    return OrthancPluginErrorCode_Success;
  } catch (const std::bad_alloc&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
}

void register_listener(const callback_argument& callback) {
  listeners.add(callback.object);
  if (listeners.must_tell_orthanc()) {
    queue().start();
    call({"RegisterOnChangeCallback", ""}, [] { OrthancPluginRegisterOnChangeCallback(sdk(), on_change); });
  }
}

}  // namespace

void stop_change_callbacks() { queue().stop(); }

void init_change_callbacks(nb::module_& module) {
  module.def("RegisterOnChangeCallback", &register_listener, nb::arg("callback"),
             "Calls callback(change_type, level, resource_id) for each change, in order, on a thread on which every SDK function "
             "may be called.");
}

}  // namespace orthanc_python
