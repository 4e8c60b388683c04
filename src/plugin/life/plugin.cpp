// SPDX-License-Identifier: GPL-3.0-or-later
#include "life/plugin.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>

#include "about.h"
#include "callbacks/registry/conflicts.h"
#include "callbacks/registry/registrations.h"
#include "callbacks/server/change.h"
#include "conversion/json_to_python.h"
#include "dashboard/routes.h"
#include "embedded/python_sources.h"
#include "generated.h"
#include "interpreter/interpreter.h"
#include "interpreter/signals.h"
#include "life/configuration.h"
#include "life/finalization.h"
#include "life/stop_pauses.h"
#include "log_text.h"
#include "metrics/routes/plugin_state.h"
#include "metrics/routes/routes.h"
#include "metrics/watcher.h"
#include "processes/worker/inherited_files.h"
#include "sdk/calls.h"
#include "sdk/errors.h"
#include "sdk/sdk.h"
#include "settings/unknown_settings.h"
#include "system/access.h"
#include "system/paths.h"
#include "threads/background.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

milliseconds stop_timeout{0};  // of a stop, for what the script still does: the setting "StopTimeout"

// For threads inside a call of Orthanc, whatever the setting: Orthanc is about to destroy what they use.
constexpr auto call_timeout = std::chrono::seconds(10);
constexpr milliseconds script_call_timeout = std::chrono::seconds(1);

void describe_plugin() noexcept {
  constexpr const char* description = "Runs Python scripts in Orthanc.";
#if ORTHANC_PLUGINS_VERSION_IS_ABOVE(1, 12, 4)
  // The plugin also runs in an Orthanc that is older than the SDK it was built with.
  if (OrthancPluginCheckVersionAdvanced(sdk(), 1, 12, 4) == 1) {
    OrthancPluginSetDescription2(sdk(), "python", description);
  }
#else
  OrthancPluginSetDescription(sdk(), description);
#endif
}

// Runs a step of the start. Its error is in the log, with its traceback, before std::runtime_error is thrown.
template <class F> void run_step(const std::string& what, F&& step) {
  bool succeeded = false;
  run_in_python(interpreter_gate(), [&] {
    succeeded = guarded([&] { step(embedded_module("scripts")); });
    if (!succeeded) {
      report_error("the start of " + what);
    }
  });
  if (!succeeded) {
    note_start_error();
    throw std::runtime_error(what + " failed");
  }
}

nb::list list_of(const std::vector<std::string>& texts) {
  nb::list result;
  for (const std::string& text : texts) {
    result.append(nb::cast(text));
  }
  return result;
}

// Return the versions that a module may require.
nb::dict versions() {
  nb::dict result;
  result["plugin"] = ORTHANC_PYTHON_VERSION;
  result["sdk"] = sdk_version;
  result["orthanc"] = orthanc_version();
  return result;
}

void warn_of_unknown(const configuration& settings) {
  for (const std::string& warning : warnings_of_unknown(settings.unknown)) {
    log_warning(warning);
  }
}

void run_scripts(const configuration& settings) {
  run_step("Python's scripts", [&](const nb::object& scripts) {
    drop_registrations();  // those of threads that former scripts have left behind
    begin_conflicts(settings.modules.size() + settings.scripts.size() > 1);
    scripts.attr("prepare")(list_of(settings.scripts), list_of(settings.modules), to_python(settings.section));
  });
  for (const std::string& name : settings.modules) {
    run_step("the module " + one_line(name), [&](const nb::object&) {
      const owner_scope owner(name);
      embedded_module("modules").attr("run")(name, versions());
    });
  }
  for (const std::string& path : settings.scripts) {
    run_step("the script " + path, [&](const nb::object& scripts) {
      const owner_scope owner(path);
      scripts.attr("run")(path);
    });
  }
  run_step("Python's scripts", [](const nb::object& scripts) { scripts.attr("finish")(); });
}

std::atomic<steady_clock::time_point> stop_end{steady_clock::time_point::min()};  // the deadline of the present stop
std::atomic<bool> script_stopped{false};
std::atomic<bool> stop_announced{false};
bool orthanc_started = false;                     // whether it has announced that
constexpr int exit_status_of_failed_start = 255;  // Orthanc's

void run_stop_step(const std::string& what, void (*step)(const nb::object& scripts)) noexcept {
  run_in_python(interpreter_gate(), [&] {
    if (!guarded([&] { step(embedded_module("scripts")); })) {
      report_error(what);
    }
  });
}

// Lets the script take its changes, run its exit functions, and end its tasks and threads.
void stop_scripts() noexcept {
  stop_end = steady_clock::now() + stop_timeout;
  script_stopped = true;  // after its deadline: jobs look at both
  stop_change_callbacks(stop_time_left());
  run_stop_step("the stop of the scripts", [](const nb::object& scripts) {
    scripts.attr("stop")(static_cast<double>(stop_time_left().count()) / 1000.0);
  });
  finish_background(stop_time_left());
}

}  // namespace

void start_plugin(OrthancPluginContext* context) {
  open_sdk(context);
  script_stopped = false;
  orthanc_started = false;
  end_pauses();
  describe_plugin();
  log_info(about);
  const configuration settings = read_configuration();
  if (settings.scripts.empty() && settings.modules.empty()) {
    warn_of_unknown(settings);
    log_warning(
        "Python: no script is configured, so the plugin does nothing; set \"PythonScript\", or the \"Path\" or the \"Modules\" "
        "of the section \"Python\"");
    return;
  }
  for (const std::string& path : settings.scripts) {
    require_access("the script", path_from(path), right::read);
  }
  set_allow_threads(settings.allow_threads);
  stop_timeout = std::chrono::seconds(settings.stop_timeout);
  remember_inherited_files(settings.files);
  ignore_signals_as_python();
  start_interpreter(settings);
  callback_gate().open();
  start_change_callbacks();
  note_start();
  watch_calls(std::chrono::seconds(settings.slow_callback));
  prepare_dashboard(settings.dashboard);
  warn_of_unknown(settings);  // now the dashboard's log has them too
  run_scripts(settings);
  if (settings.metrics) {
    register_metrics_routes();
    register_dashboard_routes(settings.dashboard);
  }
}

void note_start_of_orthanc() noexcept { orthanc_started = true; }

bool is_stopping() noexcept { return script_stopped; }

bool is_stop_announced() noexcept { return stop_announced; }

milliseconds stop_time_left() noexcept {
  const steady_clock::time_point end = stop_end;
  const steady_clock::time_point now = steady_clock::now();
  return end > now ? std::chrono::duration_cast<milliseconds>(end - now) : milliseconds(0);
}

void stop_while_orthanc_is_whole() noexcept {
  stop_announced = true;
  end_pauses();
  stop_scripts();
  // Not for long, because a call may itself wait for the end of this announcement, under one of Orthanc's locks: 1.10.1
  // announces a job to the plugins on the thread that submits it.
  if (!sdk_gate().close(std::max(stop_time_left(), script_call_timeout))) {
    log_warning("Python: threads of the script are still in calls of Orthanc, the stop does not wait for them any longer");
  }
  stop_announced = false;
}

void stop_plugin() noexcept {
  if (!script_stopped) {  // Orthanc has not announced its stop: the start has failed
    stop_scripts();
  }
  const bool callbacks_ended = callback_gate().close(stop_time_left());
  if (!callbacks_ended) {
    log_warning("Python: callbacks are still running, the stop does not wait for them any longer");
  }
  run_stop_step("the end of the scripts", [](const nb::object& scripts) { scripts.attr("end")(); });
  if (callbacks_ended) {  // else a callback might find no filter, and allow what one refuses; the next start drops them
    run_stop_step("the end of the scripts", [](const nb::object&) { drop_registrations(); });
  }
  cancel_timers();
  watch_calls(std::chrono::seconds(0));
  stop_dashboard();
  report_late_changes();
  close_sdk(call_timeout);  // nothing can be logged after it, not even that a call is still going on
  finalize_interpreter_with_process(stop_timeout, orthanc_started ? 0 : exit_status_of_failed_start);
}

}  // namespace orthanc_python
