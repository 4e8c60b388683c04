// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/routes/exposition.h"

#include <string_view>

#include "callbacks/server/change.h"
#include "metrics/calls/callback_record.h"
#include "metrics/calls/calls_in_flight.h"
#include "metrics/calls/numbers.h"
#include "processes/process_usage.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

// Collects the families of metrics. Each has its name without the suffix of its type, as OpenMetrics wants it.
class writer {
public:
  explicit writer(text_format format) : format_(format) {}

  void family(const std::string& name, const char* type, const char* unit, const char* help) {
    name_ = name;
    const bool open = format_ == text_format::openmetrics;
    const std::string shown = name + (std::string_view(type) == "counter" && !open ? "_total" : "");
    text_ += "# HELP " + shown + " " + help + "\n# TYPE " + shown + " " +
             (std::string_view(type) == "info" && !open ? "gauge" : type) + "\n";
    if (open && *unit != '\0') {
      text_ += "# UNIT " + shown + " " + unit + "\n";
    }
  }

  void sample(const char* suffix, const std::string& labels, const std::string& value) {
    text_ += name_ + suffix + (labels.empty() ? "" : "{" + labels + "}") + " " + value + "\n";
  }

  void gauge(const std::string& name, const char* unit, const char* help, const std::string& value) {
    family(name, "gauge", unit, help);
    sample("", "", value);
  }

  std::string& text() noexcept { return text_; }

private:
  const text_format format_;
  std::string name_;
  std::string text_;
};

std::string labels_of(const callback_record& record) {
  return "kind=" + quoted(record.kind) + ",function=" + quoted(record.function) + ",place=" + quoted(record.place);
}

void add_durations(writer& out, const std::vector<const callback_record*>& records) {
  out.family("orthanc_python_callback_duration_seconds", "histogram", "seconds", "How long calls of a callback have taken.");
  for (const callback_record* record : records) {
    const std::string labels = labels_of(*record);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < record->buckets.size(); ++i) {
      sum += record->buckets[i].load(std::memory_order_relaxed);
      const std::string bound = i < bucket_bounds.size() ? seconds_text(bucket_bounds[i]) : "+Inf";
      out.sample("_bucket", labels + ",le=" + quoted(bound), std::to_string(sum));
    }
    out.sample("_sum", labels, seconds_text(record->nanoseconds.load(std::memory_order_relaxed)));
    out.sample("_count", labels, std::to_string(sum));
  }
}

void add_callbacks(writer& out) {
  const auto records = all_records();
  add_durations(out, records);
  out.family("orthanc_python_callback_errors", "counter", "", "Calls of a callback that have failed.");
  for (const callback_record* record : records) {
    out.sample("_total", labels_of(*record), std::to_string(record->errors.load(std::memory_order_relaxed)));
  }
  auto counts = count_calls_in_flight();
  out.family("orthanc_python_callbacks_in_flight", "gauge", "", "Calls of a callback that have not returned yet.");
  for (const callback_record* record : records) {
    out.sample("", labels_of(*record), std::to_string(counts[record]));
  }
  out.family("orthanc_python_callback_longest_seconds", "gauge", "seconds", "The longest call of a callback.");
  for (const callback_record* record : records) {
    out.sample("", labels_of(*record), seconds_text(record->longest.load(std::memory_order_relaxed)));
  }
}

void add_plugin(writer& out) {
  const change_queue_state changes = state_of_changes();
  out.gauge("orthanc_python_change_queue_length", "", "Changes that wait for the change callbacks.",
            std::to_string(changes.length));
  out.gauge("orthanc_python_change_queue_oldest_seconds", "seconds", "The age of the oldest of them.",
            seconds_text(changes.oldest));
  out.gauge("orthanc_python_gil_waiting_threads", "", "Threads of Orthanc that wait for the GIL.",
            std::to_string(threads_waiting_for_gil()));
  const process_usage usage = usage_of_process();
  if (usage.resident_bytes > 0) {
    out.gauge("orthanc_python_resident_memory_bytes", "bytes", "Resident memory of Orthanc's process.",
              std::to_string(usage.resident_bytes));
  }
  if (usage.threads > 0) {
    out.gauge("orthanc_python_process_threads", "", "Threads of Orthanc's process.", std::to_string(usage.threads));
  }
  const start_state start = start_of_plugin();
  out.gauge("orthanc_python_start_time_seconds", "seconds", "When the plugin started, since 1970.",
            std::to_string(start.unix_seconds) + ".0");
  out.gauge("orthanc_python_uptime_seconds", "seconds", "How long ago the plugin started.", seconds_text(start.uptime));
  out.family("orthanc_python_start_errors", "counter", "", "Starts of scripts that have failed.");
  out.sample("_total", "", std::to_string(start.errors));
}

void add_python(writer& out, const std::optional<python_state>& python) {
  out.gauge("orthanc_python_responsive", "", "1 if Python has answered within a second, 0 if the GIL was held for longer.",
            python ? "1" : "0");
  if (!python) {
    return;
  }
  out.gauge("orthanc_python_threads", "", "Threads that Python knows.", std::to_string(python->threads));
  out.gauge("orthanc_python_workers", "", "Worker processes of multiprocessing.", std::to_string(python->workers));
  out.gauge("orthanc_python_allocated_blocks", "", "Blocks of memory that Python has allocated.",
            std::to_string(python->allocated_blocks));
}

void add_version(writer& out) {
  out.family("orthanc_python_plugin", "info", "", "The versions of the plugin and of Python.");
  out.sample("_info", "version=" + quoted(ORTHANC_PYTHON_VERSION) + ",python=" + quoted(python_version()), "1");
}

}  // namespace

std::string metrics_text(text_format format, const std::optional<python_state>& python) {
  writer out(format);
  add_callbacks(out);
  add_plugin(out);
  add_python(out, python);
  if (format == text_format::openmetrics) {
    add_version(out);
  }
  if (python) {
    out.text() += python->library;
  }
  if (format == text_format::openmetrics) {
    out.text() += "# EOF\n";
  }
  return std::move(out.text());
}

void each_metric(const std::function<void(const std::string& name, double value)>& add) {
  constexpr double second = 1e9;
  auto counts = count_calls_in_flight();
  for (const callback_record* record : all_records()) {
    const std::string labels = "{" + labels_of(*record) + "}";
    add("orthanc_python_callback_duration_seconds_count" + labels, static_cast<double>(record->calls()));
    add("orthanc_python_callback_duration_seconds_sum" + labels, static_cast<double>(record->nanoseconds) / second);
    add("orthanc_python_callback_errors_total" + labels, static_cast<double>(record->errors));
    add("orthanc_python_callbacks_in_flight" + labels, static_cast<double>(counts[record]));
    add("orthanc_python_callback_longest_seconds" + labels, static_cast<double>(record->longest) / second);
  }
  const change_queue_state changes = state_of_changes();
  add("orthanc_python_change_queue_length", static_cast<double>(changes.length));
  add("orthanc_python_change_queue_oldest_seconds", static_cast<double>(changes.oldest) / second);
  add("orthanc_python_gil_waiting_threads", static_cast<double>(threads_waiting_for_gil()));
  const start_state start = start_of_plugin();
  add("orthanc_python_uptime_seconds", static_cast<double>(start.uptime) / second);
  add("orthanc_python_start_errors_total", static_cast<double>(start.errors));
}

}  // namespace orthanc_python
