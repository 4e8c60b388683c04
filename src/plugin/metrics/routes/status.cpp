// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/routes/status.h"

#include <vector>

#include "callbacks/server/change.h"
#include "dashboard/history.h"
#include "dashboard/routes.h"
#include "log_text.h"
#include "metrics/calls/callback_record.h"
#include "metrics/calls/calls_in_flight.h"
#include "metrics/calls/numbers.h"
#include "processes/process_usage.h"
#include "sdk/sdk.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

std::string callback_json(const callback_record& record, std::uint64_t in_flight, const std::string& recent) {
  std::string buckets;
  for (std::size_t i = 0; i < record.buckets.size(); ++i) {
    buckets += (i == 0 ? "" : ", ") + std::to_string(record.buckets[i].load(std::memory_order_relaxed));
  }
  return "{" + member_of("Kind", quoted(record.kind)) + ", " + member_of("Function", quoted(record.function)) + ", " +
         member_of("Place", quoted(record.place)) + ", " + member_of("Calls", std::to_string(record.calls())) + ", " +
         member_of("Errors", std::to_string(record.errors.load(std::memory_order_relaxed))) + ", " +
         member_of("Seconds", seconds_text(record.nanoseconds.load(std::memory_order_relaxed))) + ", " +
         member_of("LongestSeconds", seconds_text(record.longest.load(std::memory_order_relaxed))) + ", " +
         member_of("InFlight", std::to_string(in_flight)) + ", " + member_of("Buckets", "[" + buckets + "]") + recent + "}";
}

std::string callbacks_json(bool with_history) {
  const auto records = all_records();
  auto counts = count_calls_in_flight();
  const auto recent = with_history ? recent_calls_json(records.size()) : std::vector<std::string>();
  std::string result;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string own = with_history ? ", " + recent[i] : std::string();
    result += (i == 0 ? "" : ",\n    ") + callback_json(*records[i], counts[records[i]], own);
  }
  return "[" + result + "]";
}

std::string bounds_json() {
  std::string result;
  for (const std::int64_t bound : bucket_bounds) {
    result += (result.empty() ? "" : ", ") + seconds_text(bound);
  }
  return "[" + result + "]";
}

}  // namespace

std::string calls_json() {
  std::string result;
  const std::int64_t now = monotonic_nanoseconds();
  for (const call_in_flight& call : calls_in_flight()) {
    std::string text = member_of("Seconds", seconds_text(now - call.begin)) + ", " +
                       member_of("Thread", std::to_string(call.thread)) + ", " +
                       member_of("WaitsForGil", call.waits_for_gil ? "true" : "false") + ", ";
    if (call.record != nullptr) {
      text += member_of("Kind", quoted(call.record->kind)) + ", " + member_of("Function", quoted(call.record->function)) +
              ", " + member_of("Place", quoted(call.record->place)) + ", " +
              member_of("Subject", quoted(one_line(call.subject)));
    } else {
      const bool is_call = call.service != nullptr;
      text += member_of("Kind", quoted(is_call ? "orthanc" : "handle")) + ", " +
              member_of("Function", quoted(is_call ? call.service : call.handle));
    }
    result += (result.empty() ? "{" : ",\n    {") + text + "}";
  }
  return "[" + result + "]";
}

std::string status_json(const std::optional<python_state>& python, bool with_history) {
  const start_state start = start_of_plugin();
  const change_queue_state changes = state_of_changes();
  const process_usage usage = usage_of_process();
  std::string result =
      "{\n  " + member_of("Version", quoted(ORTHANC_PYTHON_VERSION)) + ",\n  " + member_of("Python", quoted(python_version())) +
      ",\n  " + member_of("Orthanc", quoted(orthanc_version())) + ",\n  " +
      member_of("UptimeSeconds", seconds_text(start.uptime)) + ",\n  " +
      member_of("StartErrors", std::to_string(start.errors)) + ",\n  " + member_of("Responsive", python ? "true" : "false") +
      ",\n  " + member_of("ResidentBytes", std::to_string(usage.resident_bytes)) + ",\n  " +
      member_of("ProcessThreads", std::to_string(usage.threads)) + ",\n  " +
      member_of("GilWaitingThreads", std::to_string(threads_waiting_for_gil())) + ",\n  " +
      member_of("ChangeQueueLength", std::to_string(changes.length)) + ",\n  " +
      member_of("ChangeQueueOldestSeconds", seconds_text(changes.oldest)) + ",\n  ";
  if (python) {
    result += member_of("PythonThreads", std::to_string(python->threads)) + ",\n  " +
              member_of("Workers", std::to_string(python->workers)) + ",\n  " +
              member_of("AllocatedBlocks", std::to_string(python->allocated_blocks)) + ",\n  ";
  }
  if (with_history) {
    result += member_of("ReloadAllowed", is_reload_allowed() ? "true" : "false") + ",\n  " +
              member_of("History", history_json()) + ",\n  ";
  }
  return result + member_of("BucketBounds", bounds_json()) + ",\n  " + member_of("Callbacks", callbacks_json(with_history)) +
         ",\n  " + member_of("CallsInFlight", calls_json()) + "\n}\n";
}

}  // namespace orthanc_python
