// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/calls/callback_record.h"

#include <memory>
#include <mutex>
#include <unordered_map>

namespace orthanc_python {

namespace {

// A script that makes functions without end must not fill the memory: those beyond share the last record.
constexpr std::size_t most_records = 2000;

struct table {
  std::mutex mutex;
  std::vector<std::unique_ptr<callback_record>> records;
  std::unordered_map<std::string, callback_record*> known;  // the same by their names, without the shared one
};

// Never destroyed: callbacks may run until the process ends.
table& callback_table = *new table;

}  // namespace

void callback_record::count(std::int64_t taken) noexcept {
  std::size_t bucket = 0;
  while (bucket < bucket_bounds.size() && taken > bucket_bounds[bucket]) {
    ++bucket;
  }
  buckets[bucket].fetch_add(1, std::memory_order_relaxed);
  nanoseconds.fetch_add(taken, std::memory_order_relaxed);
  std::int64_t former = longest.load(std::memory_order_relaxed);
  while (taken > former && !longest.compare_exchange_weak(former, taken, std::memory_order_relaxed)) {
  }
}

std::uint64_t callback_record::calls() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& bucket : buckets) {
    sum += bucket.load(std::memory_order_relaxed);
  }
  return sum;
}

callback_record* record_of(const std::string& kind, const std::string& function, const std::string& place) {
  const std::lock_guard lock(callback_table.mutex);
  auto& records = callback_table.records;
  const std::string names = kind + '\n' + function + '\n' + place;  // each in one line
  if (const auto found = callback_table.known.find(names); found != callback_table.known.end()) {
    return found->second;
  }
  if (records.size() > most_records) {
    return records.back().get();
  }
  if (records.size() == most_records) {
    records.push_back(std::make_unique<callback_record>("other", "other", ""));
    return records.back().get();
  }
  records.push_back(std::make_unique<callback_record>(kind, function, place));
  return callback_table.known[names] = records.back().get();
}

std::vector<const callback_record*> all_records() {
  const std::lock_guard lock(callback_table.mutex);
  std::vector<const callback_record*> result;
  result.reserve(callback_table.records.size());
  for (const auto& record : callback_table.records) {
    result.push_back(record.get());
  }
  return result;
}

}  // namespace orthanc_python
