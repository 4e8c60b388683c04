// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/helper_thread.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "processes/worker/worker_process.h"
#include "sdk/sdk.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

struct task {
  std::function<void()> work;
  bool given_up = false;
  bool done = false;
  bool succeeded = false;
};

// Never destroyed: its thread goes on until the end of the process.
class helper {
public:
  bool run(std::function<void()> work, std::chrono::milliseconds timeout) {
    const auto added = std::make_shared<task>(task{std::move(work)});
    std::unique_lock lock(mutex_);
    if (!started_) {
      std::thread([this] { serve(); }).detach();
      started_ = true;
    }
    tasks_.push_back(added);
    changed_.notify_all();
    if (!changed_.wait_for(lock, timeout, [&] { return added->done; })) {
      added->given_up = true;
    }
    return added->succeeded;
  }

private:
  void serve() noexcept {
    mark_plugins_thread();
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return !tasks_.empty(); });
      const std::shared_ptr<task> next = std::move(tasks_.front());
      tasks_.pop_front();
      if (next->given_up) {
        continue;
      }
      lock.unlock();
      const bool succeeded = run_in_python(interpreter_gate(), [&] { next->work(); });
      lock.lock();
      next->done = true;
      next->succeeded = succeeded;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<task>> tasks_;
  bool started_ = false;
};

helper& the_helper = *new helper;

}  // namespace

bool run_within(std::function<void()> work, std::chrono::milliseconds timeout) noexcept {
  if (in_worker_process()) {
    return false;  // without the thread
  }
  try {
    return the_helper.run(std::move(work), timeout);
  } catch (const std::bad_alloc&) {
    return false;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace orthanc_python
