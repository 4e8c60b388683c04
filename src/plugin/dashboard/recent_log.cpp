// SPDX-License-Identifier: GPL-3.0-or-later
#include "dashboard/recent_log.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "metrics/calls/callback_record.h"
#include "metrics/calls/numbers.h"
#include "processes/worker/worker_process.h"

namespace orthanc_python {

namespace {

constexpr std::size_t most_lines = 500;
constexpr std::size_t errors_of_callback = 3;  // a callback that fails often does not hide the error of another
constexpr std::size_t most_failing = 200;
constexpr std::size_t longest_line = 4000;  // bytes
constexpr std::size_t longest_error = 20'000;

struct line {
  std::uint64_t number;
  std::int64_t unix_milliseconds;
  log_level level;
  std::string text;
};

struct failure {
  std::int64_t unix_milliseconds;
  const callback_record* record;
  std::string what;
  std::string text;
};

struct log_state {
  std::mutex mutex;
  std::deque<line> lines;
  std::uint64_t last = 0;
  std::map<const callback_record*, std::deque<failure>> failures;
};

// Never destroyed: threads may log until the process ends.
log_state& state = *new log_state;

std::int64_t unix_milliseconds() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// Cut between two characters of UTF-8.
std::string shortened(const char* text, std::size_t length, std::size_t most) {
  if (length <= most) {
    return {text, length};
  }
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return std::string(text, end) + " [...]";
}

// In a forked worker another thread of its parent may have held the lock.
bool is_kept() noexcept { return recent_log_is_kept.load(std::memory_order_relaxed) && !in_worker_process(); }

std::string time_json(std::int64_t milliseconds) { return member_of("Time", seconds_text(milliseconds * 1'000'000)); }

std::string line_json(const line& each) {
  return "{" + member_of("Number", std::to_string(each.number)) + ", " + time_json(each.unix_milliseconds) + ", " +
         member_of("Level", quoted(each.level == log_level::error ? "error" : "warning")) + ", " +
         member_of("Text", quoted(each.text)) + "}";
}

std::string failure_json(const failure& each) {
  std::string callback;
  if (each.record != nullptr) {
    callback = member_of("Kind", quoted(each.record->kind)) + ", " + member_of("Function", quoted(each.record->function)) +
               ", " + member_of("Place", quoted(each.record->place)) + ", " +
               member_of("Errors", std::to_string(each.record->errors.load(std::memory_order_relaxed))) + ", ";
  }
  return "{" + time_json(each.unix_milliseconds) + ", " + callback + member_of("What", quoted(each.what)) + ", " +
         member_of("Text", quoted(each.text)) + "}";
}

// The last ones first.
std::vector<const failure*> all_failures() {
  std::vector<const failure*> result;
  for (const auto& [record, failures] : state.failures) {
    for (const failure& each : failures) {
      result.push_back(&each);
    }
  }
  std::sort(result.begin(), result.end(),
            [](const failure* one, const failure* other) { return one->unix_milliseconds > other->unix_milliseconds; });
  return result;
}

}  // namespace

std::atomic<bool> recent_log_is_kept{false};

void keep_recent_log(bool on) {
  const std::lock_guard lock(state.mutex);
  recent_log_is_kept = on;
  if (!on) {
    state.lines.clear();
    state.failures.clear();
  }
}

void keep_line(log_level level, const char* text) noexcept {
  if (!is_kept() || text == nullptr) {
    return;
  }
  try {
    std::string kept = shortened(text, std::strlen(text), longest_line);
    const std::lock_guard lock(state.mutex);
    state.lines.push_back({++state.last, unix_milliseconds(), level, std::move(kept)});
    if (state.lines.size() > most_lines) {
      state.lines.pop_front();
    }
  } catch (const std::exception&) {  // no memory
  }
}

void keep_error(const callback_record* record, const std::string& what, const std::string& text) noexcept {
  if (!is_kept()) {
    return;
  }
  try {
    failure kept{unix_milliseconds(), record, shortened(what.data(), what.size(), longest_line),
                 shortened(text.data(), text.size(), longest_error)};
    const std::lock_guard lock(state.mutex);
    if (state.failures.size() >= most_failing && !state.failures.contains(record)) {
      return;
    }
    std::deque<failure>& own = state.failures[record];
    own.push_back(std::move(kept));
    if (own.size() > errors_of_callback) {
      own.pop_front();
    }
  } catch (const std::exception&) {  // no memory
  }
}

std::string recent_log_json(std::uint64_t last) {
  const std::lock_guard lock(state.mutex);
  std::string lines;
  for (const line& each : state.lines) {
    if (each.number > last) {
      lines += (lines.empty() ? "" : ",\n    ") + line_json(each);
    }
  }
  std::string failures;
  for (const failure* each : all_failures()) {
    failures += (failures.empty() ? "" : ",\n    ") + failure_json(*each);
  }
  return "{\n  " + member_of("Last", std::to_string(state.last)) + ",\n  " + member_of("Lines", "[" + lines + "]") + ",\n  " +
         member_of("Errors", "[" + failures + "]") + "\n}\n";
}

}  // namespace orthanc_python
