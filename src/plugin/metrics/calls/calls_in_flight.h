// SPDX-License-Identifier: GPL-3.0-or-later
// The calls that have not returned yet: of callbacks by Orthanc, and of Orthanc by Python, and the waits of an ended callback
// for a handle that another thread uses. Any thread may look at them, without the GIL and without a lock: also when the GIL is
// held for ever.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "metrics/calls/callback_record.h"

namespace orthanc_python {

// Nanoseconds of steady_clock.
std::int64_t monotonic_nanoseconds() noexcept;

// The place of one call among those in flight. A call takes it at its begin and gives it back at its end.
struct alignas(128) call_slot {
  static constexpr std::size_t words = 8;

  std::atomic<bool> taken{false};
  std::atomic<std::int64_t> begin{0};                   // 0 while the rest is not valid
  std::atomic<const callback_record*> record{nullptr};  // of a callback
  std::atomic<const char*> service{nullptr};            // of a call of Orthanc: its name, a literal
  std::atomic<const char*> handle{nullptr};             // of a wait for one: the name of its class, a literal
  std::atomic<bool> waits_for_gil{false};               // it is over but for that
  std::atomic<unsigned long> thread{0};                 // as threading.get_ident()
  std::array<std::atomic<std::uint64_t>, words> subject{};
};

// nullptr when all are taken.
call_slot* take_slot() noexcept;

// The beginning of `subject`, such as the path of a request, is kept.
void begin_call(call_slot& slot, const callback_record* record, const char* service, const char* subject,
                std::int64_t now) noexcept;

void end_call(call_slot& slot) noexcept;

// Shows a wait for a handle, from its construction to its destruction.
class handle_wait {
public:
  explicit handle_wait(const char* name) noexcept;
  ~handle_wait();
  handle_wait(const handle_wait&) = delete;
  handle_wait& operator=(const handle_wait&) = delete;

private:
  call_slot* slot_;
};

struct call_in_flight {
  std::int64_t begin;
  const callback_record* record;  // of these three, those that it is not are nullptr
  const char* service;
  const char* handle;
  bool waits_for_gil;
  unsigned long thread;
  std::string subject;
};

// The calls of this moment, the oldest first.
std::vector<call_in_flight> calls_in_flight();

// How many there are of each callback.
std::map<const callback_record*, std::uint64_t> count_calls_in_flight();

// When the oldest call of a callback began; 0 without one. Allocates nothing.
std::int64_t oldest_begin() noexcept;

}  // namespace orthanc_python
