// SPDX-License-Identifier: GPL-3.0-or-later
// Python's hold on an Orthanc object (orthanc.RestOutput, orthanc.DicomInstance...). Orthanc lends some for the length of
// a callback and gives others for good; in both cases the C pointer must never be used after its end, nor by two threads.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "bindings/runtime/traits.h"
#include "conversion/nanobind.h"
#include "metrics/calls/calls_in_flight.h"
#include "processes/worker/worker_process.h"
#include "sdk/calls.h"
#include "sdk/errors.h"
#include "threads/python_thread.h"

namespace orthanc_python {

template <class T> class handle {
public:
  handle(T* pointer, bool owned) noexcept : pointer_(pointer), owned_(owned) {}
  // An object that Orthanc will lend later: at its first use `wait`, called with the GIL, returns it or raises.
  explicit handle(std::function<T*()> wait) : pointer_(nullptr), owned_(false), wait_(std::move(wait)) {}
  handle(handle&& other) noexcept
      : pointer_(std::exchange(other.pointer_, nullptr)), owned_(other.owned_), wait_(std::exchange(other.wait_, nullptr)) {}
  handle& operator=(handle&&) = delete;

  ~handle() {
    if (pointer_ != nullptr && owned_ && !in_worker_process()) {
      if (const gate_pass pass(sdk_gate_of_this_thread()); pass) {
        handle_traits<T>::release(pointer_);
      }
    }
  }

  // Takes the pointer for one thread. Raises RuntimeError when it is no longer valid or another thread has it.
  T* take() {
    if (busy_.exchange(true)) {
      throw_runtime_error(std::string("this ") + handle_traits<T>::name +
                          " is being used by another thread, or by a call of this one that has not returned");
    }
    if (wait_) {
      wait_for_loan();
    }
    if (pointer_ == nullptr) {
      give_back();
      throw_runtime_error(std::string("this ") + handle_traits<T>::name + " is no longer valid: " +
                          (owned_ ? "it was given to Orthanc" : "Orthanc lends it for the duration of the callback only"));
    }
    return pointer_;
  }

  void give_back() noexcept {
    busy_.store(false);
    busy_.notify_all();
  }

  // Leaves the object to Orthanc: the handle is no longer valid. Raises RuntimeError as take() does. NULL, and nothing is
  // given, while views use the object's memory.
  T* give_away() {
    T* pointer = take();
    if (views_.load() == 0) {
      pointer_ = nullptr;
    } else {
      pointer = nullptr;
    }
    give_back();
    return pointer;
  }

  bool is_owned() const noexcept { return owned_; }

  // Whether its content has been read, so that it is in memory. Called between take() and give_back().
  bool is_read() const noexcept { return read_; }
  void note_reading() noexcept { read_ = true; }

  // Whether a method that answers a request has been called, of a RestOutput, with success or not. Also after the loan.
  bool is_answered() const noexcept { return answered_.load(std::memory_order_relaxed); }
  void note_answer() noexcept { answered_.store(true, std::memory_order_relaxed); }

  // Counts the views of the object's memory; the first one is added between take() and give_back().
  void add_view() noexcept { views_.fetch_add(1); }
  void remove_view() noexcept { views_.fetch_sub(1); }

  // Ends the loan. Called with the GIL; waits, without it, for a thread that is still using the object.
  void end_loan() noexcept {
    if (busy_.exchange(true)) {
      const handle_wait shown(handle_traits<T>::name);
      const released_gil released;
      do {
        busy_.wait(true);
      } while (busy_.exchange(true));
    }
    pointer_ = nullptr;
    wait_ = nullptr;
    give_back();
  }

private:
  void wait_for_loan() {
    try {
      pointer_ = wait_();
    } catch (...) {
      give_back();
      throw;
    }
    wait_ = nullptr;
  }

  T* pointer_;  // guarded by busy_, and so are wait_ and read_
  const bool owned_;
  bool read_ = false;
  std::function<T*()> wait_;
  std::atomic<bool> busy_{false};
  std::atomic<bool> answered_{false};
  std::atomic<int> views_{0};
};

// Uses a handle's pointer for the length of a scope.
template <class T> class handle_use {
public:
  explicit handle_use(handle<T>& taken) : handle_(&taken), pointer_(taken.take()) {}
  explicit handle_use(handle<T>* taken) : handle_(taken), pointer_(taken == nullptr ? nullptr : taken->take()) {}
  ~handle_use() {
    if (handle_ != nullptr) {
      handle_->give_back();
    }
  }
  handle_use(const handle_use&) = delete;
  handle_use& operator=(const handle_use&) = delete;

  T* get() const noexcept { return pointer_; }

private:
  handle<T>* handle_;
  T* pointer_;
};

// A new Python object for an object that Orthanc has given for good; it is freed with it. NULL gives NULL, with
// OrthancException pending in Python.
template <class T> nb::object owned(const service& called, T* pointer) {
  if (pointer == nullptr) {
    const OrthancPluginErrorCode code = service_error();
    set_orthanc_exception(called, code == OrthancPluginErrorCode_Success ? OrthancPluginErrorCode_InternalError : code);
    return {};
  }
  return nb::cast(handle<T>(pointer, true));
}

// An object that Orthanc lends to a callback: valid as long as this scope.
template <class T> class loan {
public:
  explicit loan(const T* pointer) : object_(nb::cast(handle<T>(const_cast<T*>(pointer), false))) {}
  explicit loan(std::function<T*()> wait) : object_(nb::cast(handle<T>(std::move(wait)))) {}
  ~loan() { nb::inst_ptr<handle<T>>(object_)->end_loan(); }
  loan(const loan&) = delete;
  loan& operator=(const loan&) = delete;

  PyObject* object() const noexcept { return object_.ptr(); }

  // End it before its scope ends, and return whether the request is answered: a thread of the script may still do that.
  bool end_answered() const noexcept {
    handle<T>* const lent = nb::inst_ptr<handle<T>>(object_);
    lent->end_loan();
    return lent->is_answered();
  }

private:
  nb::object object_;
};

}  // namespace orthanc_python
