// SPDX-License-Identifier: GPL-3.0-or-later
// Python's hold on an object of Orthanc's (orthanc.RestOutput, orthanc.DicomInstance...). Orthanc lends some for the length of
// a callback and gives others for good; in both cases the C pointer must never be used after its end, nor by two threads.
#pragma once

#include <atomic>
#include <string>
#include <type_traits>
#include <utility>

#include "bindings/traits.h"
#include "calls.h"
#include "errors.h"
#include "nanobind.h"
#include "platform/worker_process.h"
#include "python_thread.h"

namespace orthanc_python {

template <class T> class handle {
public:
  handle(T* pointer, bool owned) noexcept : pointer_(pointer), owned_(owned) {}
  handle(handle&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)), owned_(other.owned_) {}
  handle& operator=(handle&&) = delete;

  ~handle() {
    if (pointer_ != nullptr && owned_ && !in_worker_process()) {
      if (const gate_pass pass(sdk_gate()); pass) {
        handle_traits<T>::release(pointer_);
      }
    }
  }

  // Takes the pointer for one thread. Raises RuntimeError when it is no longer valid or another thread has it.
  T* take() {
    if (busy_.exchange(true)) {
      throw_runtime_error(std::string("this ") + handle_traits<T>::name + " is being used by another thread");
    }
    if (pointer_ == nullptr) {
      give_back();
      throw_runtime_error(std::string("this ") + handle_traits<T>::name +
                          " is no longer valid: " +
                          (owned_ ? "it was given to Orthanc" : "Orthanc lends it for the duration of the callback only"));
    }
    return pointer_;
  }

  void give_back() noexcept {
    busy_.store(false);
    busy_.notify_all();
  }

  // Leaves the object to Orthanc: the handle is no longer valid. Raises RuntimeError as take() does.
  T* give_away() {
    T* pointer = take();
    pointer_ = nullptr;
    give_back();
    return pointer;
  }

  // Ends the loan. Called with the GIL; waits, without it, for a thread that is still using the object.
  void end_loan() noexcept {
    if (busy_.exchange(true)) {
      PyThreadState* state = PyEval_SaveThread();
      do {
        busy_.wait(true);
      } while (busy_.exchange(true));
      attach(state);
    }
    pointer_ = nullptr;
    give_back();
  }

private:
  T* pointer_;  // guarded by busy_
  const bool owned_;
  std::atomic<bool> busy_{false};
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

// A new Python object for an object that Orthanc has given for good; it is freed with it. NULL raises OrthancException.
template <class T> nb::object owned(const service& called, T* pointer) {
  if (pointer == nullptr) {
    const OrthancPluginErrorCode code = service_error();
    raise_orthanc_exception(called, code == OrthancPluginErrorCode_Success ? OrthancPluginErrorCode_InternalError : code);
  }
  return nb::cast(handle<T>(pointer, true));
}

// An object that Orthanc lends to a callback: valid as long as this scope.
template <class T> class loan {
public:
  explicit loan(const T* pointer) : object_(nb::cast(handle<T>(const_cast<T*>(pointer), false))) {}
  ~loan() { nb::inst_ptr<handle<T>>(object_)->end_loan(); }
  loan(const loan&) = delete;
  loan& operator=(const loan&) = delete;

  PyObject* object() const noexcept { return object_.ptr(); }

private:
  nb::object object_;
};

}  // namespace orthanc_python
