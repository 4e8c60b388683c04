// SPDX-License-Identifier: GPL-3.0-or-later
// The measured values of each function that a script has registered. A record lives as long as the process: a function that is
// registered again, after /tools/reset or at a reload, goes on with its record.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace orthanc_python {

// The upper bounds of the histogram's buckets, in nanoseconds. One more bucket has no bound.
inline constexpr std::array<std::int64_t, 15> bucket_bounds{
    100'000,     500'000,     1'000'000,     2'500'000,     5'000'000,      10'000'000,     25'000'000,    50'000'000,
    100'000'000, 250'000'000, 1'000'000'000, 2'500'000'000, 10'000'000'000, 30'000'000'000, 60'000'000'000};

struct callback_record {
  callback_record(std::string kind_, std::string function_, std::string place_)
      : kind(std::move(kind_)), function(std::move(function_)), place(std::move(place_)) {}

  // Count a call that took so many nanoseconds. Needs no lock.
  void count(std::int64_t taken) noexcept;

  std::uint64_t calls() const noexcept;

  const std::string kind;      // such as "rest"
  const std::string function;  // its qualified name
  const std::string place;     // "script.py:12", where it is defined

  // On cache lines of their own: the threads of other callbacks do not wait for these.
  alignas(64) std::atomic<std::int64_t> nanoseconds{0};
  std::atomic<std::int64_t> longest{0};
  std::atomic<std::uint64_t> errors{0};
  std::array<std::atomic<std::uint64_t>, bucket_bounds.size() + 1> buckets{};
};

// The record of a function, made at its first registration.
callback_record* record_of(const std::string& kind, const std::string& function, const std::string& place);

// All records, in the order of their first registration.
std::vector<const callback_record*> all_records();

}  // namespace orthanc_python
