// SPDX-License-Identifier: GPL-3.0-or-later
// The one place where a script's functions are called from: what calls one needs a measured_call.
#pragma once

#include "metrics/calls/calls_in_flight.h"
#include "processes/worker/worker_process.h"
#include "sdk/errors.h"

namespace orthanc_python {

// Measures the call of a function from its construction to its destruction. `subject` distinguishes calls in the log,
// such as the path of a request; it is never a value from a patient's data.
class measured_call {
public:
  explicit measured_call(const registered_function& callback, const char* subject = nullptr) noexcept
      : function_(callback.function), record_(callback.record) {
    if (record_ != nullptr) {
      begin_ = monotonic_nanoseconds();
      slot_ = take_slot();
      if (slot_ != nullptr) {
        begin_call(*slot_, record_, nullptr, subject, begin_);
      }
    }
  }

  ~measured_call() {
    if (record_ != nullptr) {
      record_->count(monotonic_nanoseconds() - begin_);
      if (slot_ != nullptr) {
        end_call(*slot_);
      }
    }
  }

  measured_call(const measured_call&) = delete;
  measured_call& operator=(const measured_call&) = delete;

  PyObject* function() const noexcept { return function_.ptr(); }

  // Called once the function has returned: the next one of the script runs in Orthanc's process only.
  void note_return() const noexcept { forked_.after_callback(); }

private:
  const fork_guard forked_;
  nb::handle function_;
  callback_record* record_;
  call_slot* slot_ = nullptr;
  std::int64_t begin_ = 0;
};

}  // namespace orthanc_python
