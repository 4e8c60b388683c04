// SPDX-License-Identifier: GPL-3.0-or-later
#include "threads/python_thread.h"

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "conversion/nanobind.h"
#include "embedded/python_sources.h"
#include "processes/worker/worker_process.h"
#include "sdk/errors.h"
#include "stacks/large_stack.h"
#include "stacks/stack_protection.h"
#include "threads/background.h"
#include "threads/thread_end.h"

namespace orthanc_python {

namespace {

gate interpreter;
gate callbacks_gate;

// Threads that wait for the GIL, each counted in one of several places: one place would be where all threads meet.
struct alignas(64) wait_count {
  std::atomic<int> threads{0};
};
std::array<wait_count, 16> wait_counts;
std::atomic<unsigned> next_place{0};

void take_gil(PyThreadState* state) noexcept {
  thread_local const unsigned place = next_place.fetch_add(1, std::memory_order_relaxed) % wait_counts.size();
  wait_counts[place].threads.fetch_add(1, std::memory_order_relaxed);
  PyEval_RestoreThread(state);
  wait_counts[place].threads.fetch_sub(1, std::memory_order_relaxed);
}

struct python_call {
  void (*function)(void*);
  void* argument;
  collection garbage;

  void run() const noexcept { function(argument); }
};

// Begins when a thread has the GIL for a call, and ends right before the thread gives the GIL up.
class python_call_scope {
public:
  explicit python_call_scope(const python_call& work) noexcept {
    if (work.garbage == collection::excluded) {
      uncollected_.emplace();
    }
  }

  ~python_call_scope() {
    if (!uncollected_) {
      collect_beside_scopes();
    }
  }

  python_call_scope(const python_call_scope&) = delete;
  python_call_scope& operator=(const python_call_scope&) = delete;

private:
  std::optional<uncollected_scope> uncollected_;
};

// The state that an Orthanc thread keeps between its callbacks.
class orthanc_thread {
public:
  // Return whether a callback runs on the large stack, with the GIL unless it has given it up.
  bool is_running() const noexcept { return running_; }

  void run(const python_call& work) noexcept {
    job task{this, work};
    running_ = true;
    stack_.run(run_attached, &task);
    running_ = false;
  }

  // When the thread has ended, what Python knows of it goes too. Called by it or by another thread.
  static void release(void* self) noexcept;

private:
  struct job {
    orthanc_thread* thread;
    const python_call& work;
  };

  // Attach the thread state, made at the first use. Runs on the large stack.
  static void run_attached(void* argument) noexcept {
    const job& task = *static_cast<job*>(argument);
    orthanc_thread& thread = *task.thread;
    const fork_guard forked;
    const bool first = thread.state_ == nullptr;
    if (first) {
      mark_orthancs_thread();  // on macOS, the large stack is that of another thread
      thread.state_ = PyThreadState_New(PyInterpreterState_Main());
    }
    take_gil(thread.state_);
    {
      const python_call_scope scope(task.work);
      if (first) {
        protect_stack(thread.state_, thread.stack_);
        guarded_or_unraisable([] { embedded_module("threads").attr("begin")(); });
      }
      task.work.run();
      end_callback();
      forked.after_callback();  // as below, where that thread alone is left
    }
    PyEval_SaveThread();
  }

  static void forget(void* argument) noexcept {
    PyThreadState* state = static_cast<orthanc_thread*>(argument)->state_;
    const unsigned long identifier = state->thread_id;
    PyEval_RestoreThread(state);
    guarded_or_clear([&] { embedded_module("threads").attr("forget")(identifier); });
    PyThreadState_Clear(state);
    PyThreadState_DeleteCurrent();
  }

  large_stack stack_;
  PyThreadState* state_ = nullptr;
  bool running_ = false;
};

thread_local orthanc_thread* this_thread = nullptr;
thread_local PyThreadState* given_up = nullptr;           // by this thread, while it is in a call of Orthanc or waits
thread_local PyThreadState* main_thread_state = nullptr;  // of the thread that has started the interpreter

// Return whether this thread, not one of Orthanc's, has the GIL: for example, when an object of the script is freed.
bool is_attached() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
  return PyThreadState_GetUnchecked() != nullptr;
#elif PY_VERSION_HEX >= 0x030C0000
  return _PyThreadState_UncheckedGet() != nullptr;
#else
  PyThreadState* current = _PyThreadState_UncheckedGet();  // of whichever thread has the GIL
  return current != nullptr && current == (main_thread_state != nullptr ? main_thread_state : PyGILState_GetThisThreadState());
#endif
}

void run_attached(const python_call& work) noexcept {
  const python_call_scope scope(work);
  work.run();
}

void run_with(PyThreadState* state, const python_call& work) noexcept {
  take_gil(state);
  run_attached(work);
  PyEval_SaveThread();
}

void orthanc_thread::release(void* self) noexcept {
  const std::unique_ptr<orthanc_thread> ended(static_cast<orthanc_thread*>(self));
  if (const gate_pass pass(interpreter); pass && ended->state_ != nullptr) {
    ended->stack_.run(forget, ended.get());
  }
  if (this_thread == self) {
    this_thread = nullptr;
  }
}

// Throws std::bad_alloc.
orthanc_thread& make_this_thread() {
  this_thread = new orthanc_thread;
  mark_orthancs_thread();
  at_thread_end(orthanc_thread::release, this_thread);
  return *this_thread;
}

}  // namespace

gate& interpreter_gate() noexcept { return interpreter; }

gate& callback_gate() noexcept { return callbacks_gate; }

PyThreadState* detach() noexcept { return given_up = PyEval_SaveThread(); }

void attach(PyThreadState* state) noexcept {
  while (interpreter.is_closed()) {
    std::this_thread::sleep_for(std::chrono::hours(1));
  }
  take_gil(state);
  given_up = nullptr;
}

int threads_waiting_for_gil() noexcept {
  int sum = 0;
  for (const wait_count& count : wait_counts) {
    sum += count.threads.load(std::memory_order_relaxed);
  }
  return sum;
}

void detach_main_thread() noexcept { main_thread_state = PyEval_SaveThread(); }

void attach_to_finalize() noexcept {
  PyEval_RestoreThread(main_thread_state != nullptr ? main_thread_state : PyThreadState_New(PyInterpreterState_Main()));
}

bool run_in_python(gate& passed, void (*function)(void*), void* argument, collection garbage) noexcept {
  const gate_pass pass(passed);
  if (!pass) {
    return false;
  }
  const python_call work{function, argument, garbage};
  const fork_guard forked;
  // The stack of a callback within a callback is large enough already, and so is that of one of Python's own threads.
  if (PyThreadState* state = std::exchange(given_up, nullptr); state != nullptr) {
    run_with(state, work);
    given_up = state;
  } else if (this_thread != nullptr ? this_thread->is_running() : is_attached()) {
    run_attached(work);
  } else if (main_thread_state != nullptr) {
    run_with(main_thread_state, work);
  } else {
    try {
      (this_thread != nullptr ? *this_thread : make_this_thread()).run(work);
    } catch (const std::bad_alloc&) {
      log_error("Python: no memory for the stack of a callback");
      return false;
    }
  }
  forked.after_callback();
  return true;
}

}  // namespace orthanc_python
