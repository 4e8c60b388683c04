// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/routes/routes.h"

#include <chrono>
#include <exception>
#include <memory>
#include <string>

#include "dashboard/history.h"
#include "embedded/python_sources.h"
#include "metrics/calls/numbers.h"
#include "metrics/helper_thread.h"
#include "metrics/routes/exposition.h"
#include "metrics/routes/measurement.h"
#include "metrics/routes/plugin_state.h"
#include "metrics/routes/serving.h"
#include "metrics/routes/status.h"
#include "processes/stack_dump.h"
#include "sdk/errors.h"

namespace orthanc_python {

namespace {

constexpr const char* openmetrics_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
constexpr const char* prometheus_type = "text/plain; version=0.0.4; charset=utf-8";

// Prometheus prefers OpenMetrics, and says so. A client that asks for text only gets the older format.
answer answer_metrics(const OrthancPluginHttpRequest& request) {
  const std::string accept = header_of(request, "accept");
  const bool open = accept.find("openmetrics") != std::string::npos || accept.find("text/plain") == std::string::npos;
  return {metrics_text(open ? text_format::openmetrics : text_format::prometheus, ask_python(open)),
          open ? openmetrics_type : prometheus_type};
}

answer answer_status(const OrthancPluginHttpRequest& request) {
  const bool with_history = is_history_kept() && argument_of(request, "history") == "true";
  return {status_json(ask_python(false), with_history), json_type};
}

constexpr auto stacks_timeout = std::chrono::seconds(2);

answer answer_threads(const OrthancPluginHttpRequest&) {
  const auto threads = std::make_shared<std::string>();
  const bool answered = run_within(
      [threads, calls = calls_json()] {
        if (!guarded([&] { *threads = content_of(embedded_module("stacks").attr("threads_as_json")(calls)); })) {
          report_error("the reading of the threads' stacks");
        }
      },
      stacks_timeout);
  if (answered) {
    return {*threads, json_type, static_cast<std::uint16_t>(threads->empty() ? 500 : 200)};
  }
  return {"{\"Responsive\": false, \"Threads\": [], \"Text\": " + quoted(dump_stacks()) + "}\n", json_type};
}

// Why this Python cannot read the stacks of running threads; empty if it can.
std::string obstacle_of_stacks() {
  std::string obstacle;
  run_in_python(callback_gate(), [&] {
    guarded_or_clear([&] { obstacle = nb::cast<std::string>(embedded_module("frames").attr("obstacle")()); });
  });
  return obstacle;
}

answer answer_profile(const OrthancPluginHttpRequest& request) {
  if (is_cross_site(request)) {
    return {"", json_type, 403};
  }
  if (const std::string obstacle = obstacle_of_stacks(); !obstacle.empty()) {
    return {"{" + member_of("Text", quoted(obstacle)) + "}\n", json_type, 503};
  }
  return measure(request, "profile", "the profile");
}

// Orthanc's own metrics, at /tools/metrics-prometheus.
void on_plugin_refresh() noexcept {
  const gate_pass pass(callback_gate());
  if (!pass) {
    return;
  }
  try {
    each_metric([](const std::string& name, double value) {
      OrthancPluginSetMetricsValue(sdk(), name.c_str(), static_cast<float>(value), OrthancPluginMetricsType_Default);
    });
  } catch (const std::exception&) {  // no memory
  }
}

}  // namespace

void register_metrics_routes() {
  OrthancPluginRegisterRestCallbackNoLock(sdk(), "/python/metrics", serve<answer_metrics>);
  OrthancPluginRegisterRestCallbackNoLock(sdk(), "/python/status", serve<answer_status>);
  OrthancPluginRegisterRestCallbackNoLock(sdk(), "/python/threads", serve<answer_threads>);
  OrthancPluginRegisterRestCallbackNoLock(sdk(), "/python/profile", serve<answer_profile>);
  OrthancPluginRegisterRefreshMetricsCallback(sdk(), on_plugin_refresh);
  run_in_python(interpreter_gate(), [] {
    guarded_or_clear([] {
      const nb::object dumps = embedded_module("dumps");
      use_stack_dump(nb::cast<int>(dumps.attr("file")), nb::cast<int>(dumps.attr("signal")));
    });
  });
}

}  // namespace orthanc_python
