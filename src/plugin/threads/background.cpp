// SPDX-License-Identifier: GPL-3.0-or-later
#include "threads/background.h"

#include <algorithm>
#include <atomic>
#include <climits>
#include <condition_variable>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "embedded/python_sources.h"
#include "processes/worker/worker_process.h"
#include "sdk/errors.h"
#include "sdk/sdk.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

using std::chrono::steady_clock;

constexpr auto shortest_between_collections = std::chrono::seconds(5);
constexpr auto longest_between_collections = std::chrono::seconds(60);
constexpr int full_collection = 12;  // each twelfth; the others leave the oldest generation

// Of all scopes; the lock is for free-threaded CPython.
nb::ft_mutex& scopes_mutex = *new nb::ft_mutex;
std::atomic<int> scopes{0};  // changed with the lock
bool was_enabled = false;    // and will be again when they have ended
steady_clock::time_point next_collection = steady_clock::now() + shortest_between_collections;

// For scripts that allocate in scopes only: automatic collection has no chance there. The slower a collection, the rarer.
void collect() {
  static int collections = 0;
  const nb::object gc = library_module("gc");
  if (nb::cast<long>(gc.attr("get_threshold")()[0]) == 0) {
    return;  // the script has turned automatic collection off
  }
  const auto begin = steady_clock::now();
  gc.attr("collect")(++collections % full_collection == 0 ? 2 : 1);
  const auto end = steady_clock::now();
  const nb::ft_lock_guard lock(scopes_mutex);
  next_collection =
      end + std::clamp<steady_clock::duration>(50 * (end - begin), shortest_between_collections, longest_between_collections);
}

struct waiting_work {
  std::vector<PyObject*> references;
  bool collection = false;

  bool is_empty() const noexcept { return references.empty() && !collection; }

  void run() noexcept {
    run_in_python(interpreter_gate(), [this] {
      for (PyObject* reference : references) {
        Py_DECREF(reference);
      }
      if (collection) {
        guarded_or_unraisable(collect);
      }
    });
  }
};

// Never destroyed: its thread goes on until the end of the process.
class background {
public:
  template <class F> void add(F&& change) noexcept {
    if (in_worker_process()) {
      return;  // without the thread; a forked worker ends without freeing anything
    }
    try {
      const std::lock_guard lock(mutex_);
      change(waiting_);
      if (!started_) {
        std::thread([this] { serve(); }).detach();
        started_ = true;
      }
    } catch (const std::bad_alloc&) {
      return;
    } catch (const std::system_error&) {
      return;
    }
    changed_.notify_all();
  }

  void finish(std::chrono::milliseconds timeout) noexcept {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [this] { return waiting_.is_empty() && !busy_; });
  }

private:
  void serve() noexcept {
    mark_plugins_thread();
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return !waiting_.is_empty(); });
      waiting_work taken = std::exchange(waiting_, {});
      busy_ = true;
      lock.unlock();
      taken.run();
      lock.lock();
      busy_ = false;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  waiting_work waiting_;
  bool started_ = false;
  bool busy_ = false;
};

background& the_background = *new background;

#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
// CPython 3.12 runs a collection that it has scheduled earlier also if collection is disabled by then. It collects nothing if
// no generation has reached its threshold.
class raised_thresholds {
public:
  void init() {
    const nb::object gc = library_module("gc");
    get_ = nb::getattr(gc, "get_threshold").release().ptr();
    set_ = nb::getattr(gc, "set_threshold").release().ptr();
    highest_ = nb::make_tuple(INT_MAX, INT_MAX, INT_MAX).release().ptr();
  }

  // These call C functions: CPython runs such a collection in Python code only.
  void raise() noexcept {
    former_ = PyObject_CallNoArgs(get_);
    if (former_ == nullptr) {
      PyErr_Clear();
    } else if (PyLong_AsLong(PyTuple_GET_ITEM(former_, 0)) == 0) {
      Py_CLEAR(former_);  // automatic collection is off
    } else {
      set(highest_);
    }
  }

  void restore() noexcept {
    if (former_ != nullptr) {
      PyObject* now = present();
      if (now != nullptr) {
        set(now);
      }
      PyErr_Clear();
      Py_XDECREF(now);
      Py_CLEAR(former_);
    }
  }

  // Return what holds outside of the scopes: the former thresholds, but for what the script has set meanwhile.
  PyObject* present() const noexcept {
    PyObject* now = PyObject_CallNoArgs(get_);
    for (Py_ssize_t i = 0; now != nullptr && former_ != nullptr && i < PyTuple_GET_SIZE(now); ++i) {
      if (PyLong_AsLong(PyTuple_GET_ITEM(now, i)) == INT_MAX) {
        PyTuple_SetItem(now, i, Py_NewRef(PyTuple_GET_ITEM(former_, i)));  // nobody else has the tuple yet
      }
    }
    return now;
  }

private:
  void set(PyObject* thresholds) noexcept {
    PyObject* result = PyObject_CallObject(set_, thresholds);
    if (result == nullptr) {
      PyErr_Clear();
    }
    Py_XDECREF(result);
  }

  PyObject* get_ = nullptr;
  PyObject* set_ = nullptr;
  PyObject* highest_ = nullptr;
  PyObject* former_ = nullptr;
};
#else
struct raised_thresholds {
  void init() noexcept {}
  void raise() noexcept {}
  void restore() noexcept {}
};
#endif

raised_thresholds thresholds;

void end_scopes() noexcept {
  thresholds.restore();
  if (was_enabled) {
    PyGC_Enable();
  }
}

// Called with the lock, while there are scopes.
void schedule_collection() noexcept {
  if (const auto now = steady_clock::now(); was_enabled && now > next_collection) {
    next_collection = now + shortest_between_collections;
    the_background.add([](waiting_work& waiting) { waiting.collection = true; });
  }
}

PyObject* enable_collection(bool enable) noexcept {
  const nb::ft_lock_guard lock(scopes_mutex);
  if (scopes != 0) {
    was_enabled = enable;
  } else if (enable) {
    PyGC_Enable();
  } else {
    PyGC_Disable();
  }
  return Py_NewRef(Py_None);
}

#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
PyObject* collection_thresholds() noexcept {
  const nb::ft_lock_guard lock(scopes_mutex);
  return thresholds.present();
}
#endif

PyObject* is_collection_enabled() noexcept {
  const nb::ft_lock_guard lock(scopes_mutex);
  return PyBool_FromLong((scopes != 0 ? was_enabled : PyGC_IsEnabled() != 0) ? 1 : 0);
}

// With CPython's texts.
PyMethodDef collection_functions[] = {
    {"enable", [](PyObject*, PyObject*) { return enable_collection(true); }, METH_NOARGS,
     "enable($module, /)\n--\n\nEnable automatic garbage collection."},
    {"disable", [](PyObject*, PyObject*) { return enable_collection(false); }, METH_NOARGS,
     "disable($module, /)\n--\n\nDisable automatic garbage collection."},
    {"isenabled", [](PyObject*, PyObject*) { return is_collection_enabled(); }, METH_NOARGS,
     "isenabled($module, /)\n--\n\nReturns true if automatic garbage collection is enabled."},
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
    {"get_threshold", [](PyObject*, PyObject*) { return collection_thresholds(); }, METH_NOARGS,
     "get_threshold($module, /)\n--\n\nReturn the current collection thresholds."},
#endif
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

void drop_in_background(PyObject* reference) noexcept {
  if (reference != nullptr) {
    the_background.add([reference](waiting_work& waiting) { waiting.references.push_back(reference); });
  }
}

void finish_background(std::chrono::milliseconds timeout) noexcept { the_background.finish(timeout); }

uncollected_scope::uncollected_scope() noexcept {
  const nb::ft_lock_guard lock(scopes_mutex);
  const int others = scopes.load(std::memory_order_relaxed);
  scopes.store(others + 1, std::memory_order_relaxed);
  if (others == 0) {
    was_enabled = PyGC_Disable() != 0;
    thresholds.raise();
  }
}

uncollected_scope::~uncollected_scope() {
  const nb::ft_lock_guard lock(scopes_mutex);
  schedule_collection();
  const int others = scopes.load(std::memory_order_relaxed) - 1;
  scopes.store(others, std::memory_order_relaxed);
  if (others == 0) {
    end_scopes();
  }
}

void collect_beside_scopes() noexcept {
  if (scopes.load(std::memory_order_relaxed) == 0) {
    return;
  }
  const nb::ft_lock_guard lock(scopes_mutex);
  if (scopes.load(std::memory_order_relaxed) != 0) {
    schedule_collection();
  }
}

void init_collection() {
  thresholds.init();
  if (PyModule_AddFunctions(library_module("gc").ptr(), collection_functions) != 0) {
    nb::raise_python_error();
  }
}

void leave_uncollected_scopes() noexcept {
  if (scopes.exchange(0) != 0) {
    end_scopes();
  }
}

}  // namespace orthanc_python
