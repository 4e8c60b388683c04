// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/calls/calls_in_flight.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "conversion/nanobind.h"
#include "metrics/watcher.h"

namespace orthanc_python {

namespace {

constexpr std::size_t slot_count = 512;
std::array<call_slot, slot_count> slots;

// Where this thread looks first: threads do not share cache lines then.
std::atomic<unsigned> next_thread{0};

std::size_t first_slot() noexcept {
  thread_local const unsigned own = next_thread.fetch_add(1, std::memory_order_relaxed);
  return own * std::size_t{4} % slot_count;
}

void keep_subject(call_slot& slot, const char* subject) noexcept {
  if (subject == nullptr) {
    slot.subject[0].store(0, std::memory_order_relaxed);
    return;
  }
  std::array<std::uint64_t, call_slot::words> text{};
  const auto end = static_cast<const char*>(std::memchr(subject, 0, sizeof(text) - 1));
  std::memcpy(text.data(), subject, end == nullptr ? sizeof(text) - 1 : static_cast<std::size_t>(end - subject));
  for (std::size_t i = 0; i < text.size(); ++i) {
    slot.subject[i].store(text[i], std::memory_order_relaxed);
  }
}

std::string subject_of(const call_slot& slot) {
  std::array<std::uint64_t, call_slot::words> text{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = slot.subject[i].load(std::memory_order_relaxed);
  }
  const char* begin = reinterpret_cast<const char*>(text.data());
  return {begin, std::find(begin, begin + sizeof(text), '\0')};
}

void begin_in(call_slot& slot, const callback_record* record, const char* service, const char* handle, const char* subject,
              std::int64_t now) noexcept {
  slot.record.store(record, std::memory_order_relaxed);
  slot.service.store(service, std::memory_order_relaxed);
  slot.handle.store(handle, std::memory_order_relaxed);
  slot.waits_for_gil.store(false, std::memory_order_relaxed);
  slot.thread.store(PyThread_get_thread_ident(), std::memory_order_relaxed);
  keep_subject(slot, subject);
  slot.begin.store(now, std::memory_order_release);
}

}  // namespace

std::int64_t monotonic_nanoseconds() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

call_slot* take_slot() noexcept {
  const std::size_t first = first_slot();
  for (std::size_t i = 0; i < slot_count; ++i) {
    call_slot& slot = slots[(first + i) % slot_count];
    if (!slot.taken.load(std::memory_order_relaxed) && !slot.taken.exchange(true)) {
      return &slot;
    }
  }
  return nullptr;
}

void begin_call(call_slot& slot, const callback_record* record, const char* service, const char* subject,
                std::int64_t now) noexcept {
  begin_in(slot, record, service, nullptr, subject, now);
  if (record != nullptr) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (watcher_sleeps.load(std::memory_order_relaxed)) {
      wake_watcher();
    }
  }
}

void end_call(call_slot& slot) noexcept {
  slot.begin.store(0, std::memory_order_relaxed);
  slot.taken.store(false, std::memory_order_release);
}

handle_wait::handle_wait(const char* name) noexcept : slot_(take_slot()) {
  if (slot_ != nullptr) {
    begin_in(*slot_, nullptr, nullptr, name, nullptr, monotonic_nanoseconds());
  }
}

handle_wait::~handle_wait() {
  if (slot_ != nullptr) {
    end_call(*slot_);
  }
}

std::vector<call_in_flight> calls_in_flight() {
  std::vector<call_in_flight> result;
  for (const call_slot& slot : slots) {
    const std::int64_t begin = slot.begin.load(std::memory_order_acquire);
    if (begin == 0) {
      continue;
    }
    call_in_flight call{begin,
                        slot.record.load(std::memory_order_relaxed),
                        slot.service.load(std::memory_order_relaxed),
                        slot.handle.load(std::memory_order_relaxed),
                        slot.waits_for_gil.load(std::memory_order_relaxed),
                        slot.thread.load(std::memory_order_relaxed),
                        subject_of(slot)};
    std::atomic_thread_fence(std::memory_order_acquire);
    if (slot.begin.load(std::memory_order_relaxed) == begin) {  // else it has ended while it was read
      result.push_back(std::move(call));
    }
  }
  std::sort(result.begin(), result.end(), [](const auto& one, const auto& other) { return one.begin < other.begin; });
  return result;
}

std::map<const callback_record*, std::uint64_t> count_calls_in_flight() {
  std::map<const callback_record*, std::uint64_t> result;
  for (const call_in_flight& call : calls_in_flight()) {
    ++result[call.record];
  }
  return result;
}

std::int64_t oldest_begin() noexcept {
  std::int64_t oldest = 0;
  for (const call_slot& slot : slots) {
    const std::int64_t begin = slot.begin.load(std::memory_order_relaxed);
    if (begin != 0 && slot.record.load(std::memory_order_relaxed) != nullptr && (oldest == 0 || begin < oldest)) {
      oldest = begin;
    }
  }
  return oldest;
}

}  // namespace orthanc_python
