// SPDX-License-Identifier: GPL-3.0-or-later
#include "dashboard/routes.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "dashboard/explorer_link.h"
#include "dashboard/history.h"
#include "dashboard/recent_log.h"
#include "dashboard/script_jobs.h"
#include "embedded/python_sources.h"
#include "metrics/calls/numbers.h"
#include "metrics/helper_thread.h"
#include "metrics/routes/measurement.h"
#include "metrics/routes/plugin_state.h"
#include "metrics/routes/serving.h"
#include "sdk/errors.h"
#include "settings/settings.h"

namespace orthanc_python {

namespace {

constexpr auto page_timeout = std::chrono::seconds(10);
constexpr const char* html_type = "text/html; charset=utf-8";

struct page_text {
  std::string html;
  std::string policy;
};
page_text page;
bool reload_allowed = false;

// Nothing of this may stay in a browser, or be taken for another kind of content.
answer safe(answer made) {
  made.headers.emplace_back("Cache-Control", "no-store");
  made.headers.emplace_back("X-Content-Type-Options", "nosniff");
  made.headers.emplace_back("Referrer-Policy", "no-referrer");
  return made;
}

answer json(std::string text) { return safe({std::move(text), json_type}); }

answer answer_page(const OrthancPluginHttpRequest&) {
  answer made = safe({page.html, html_type});
  made.headers.emplace_back("Content-Security-Policy", page.policy);
  made.headers.emplace_back("X-Frame-Options", "DENY");
  made.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  return made;
}

answer answer_log(const OrthancPluginHttpRequest& request) {
  return json(recent_log_json(std::strtoull(argument_of(request, "since").c_str(), nullptr, 10)));
}

answer answer_jobs(const OrthancPluginHttpRequest&) { return json(script_jobs_json()); }

// The bytes that a function of an embedded module gives; empty when Python does not answer in time.
template <class... Arguments>
std::string ask(const char* module, const char* function, const char* what, Arguments... arguments) {
  const auto text = std::make_shared<std::string>();
  const bool answered = run_within(
      [=] {
        if (!guarded([&] { *text = content_of(embedded_module(module).attr(function)(arguments...)); })) {
          report_error(what);
        }
      },
      page_timeout);
  return answered ? *text : std::string();
}

answer answer_environment(const OrthancPluginHttpRequest&) {
  const auto start = static_cast<double>(start_of_plugin().unix_seconds);
  std::string text = ask("environment", "as_json", "the description of the environment", start);
  if (text.empty()) {
    return {"", json_type, 503};
  }
  return json(std::move(text));
}

// Costs while it goes on, so that only the page and programs may ask for it.
answer answer_allocations(const OrthancPluginHttpRequest& request) {
  if (!is_deliberate(request)) {
    return {"", json_type, 403};
  }
  return safe(measure(request, "allocations", "the measurement of memory"));
}

// Starts Orthanc again within its process. Scripts that cannot be compiled do not end a server that works.
answer answer_reload(const OrthancPluginHttpRequest& request) {
  if (!reload_allowed || !is_deliberate(request)) {
    return {"", json_type, 403};
  }
  const std::string checked = ask("environment", "check", "the check of the scripts");
  if (checked.empty()) {
    return {"", json_type, 503};
  }
  const std::string error = text_setting(parse_json(checked), "Error");
  if (!error.empty()) {
    return json("{\"Reloaded\": false, \"Error\": " + quoted(error) + "}\n");
  }
  OrthancPluginMemoryBuffer buffer;
  if (OrthancPluginRestApiPost(sdk(), &buffer, "/tools/reset", "", 0) != OrthancPluginErrorCode_Success) {
    return {"", json_type, 500};
  }
  OrthancPluginFreeMemoryBuffer(sdk(), &buffer);
  return json("{\"Reloaded\": true}\n");
}

bool make_page() {
  bool made = false;
  run_in_python(interpreter_gate(), [&] {
    made = guarded([&] {
      const nb::object parts = embedded_module("page").attr("page")();
      page = {content_of(parts[0]), nb::cast<std::string>(parts[1])};
    });
    if (!made) {
      report_error("the page of the dashboard");
    }
  });
  return made;
}

}  // namespace

void prepare_dashboard(const dashboard_settings& settings) {
  keep_recent_log(settings.on);
  keep_history(settings.on);
  add_links(settings.on);
}

void register_dashboard_routes(const dashboard_settings& settings) {
  reload_allowed = settings.allows_reload;
  expect_password(settings.has_password);
  if (!settings.on || !make_page()) {
    return;
  }
  OrthancPluginRegisterRestCallbackNoLock(sdk(), "/python", serve<answer_page>);
  OrthancPluginRegisterRestCallbackNoLock(sdk(), "/python/log", serve<answer_log>);
  OrthancPluginRegisterRestCallbackNoLock(sdk(), "/python/jobs", serve<answer_jobs>);
  OrthancPluginRegisterRestCallbackNoLock(sdk(), "/python/environment", serve<answer_environment>);
  OrthancPluginRegisterRestCallbackNoLock(sdk(), "/python/allocations", serve<answer_allocations>);
  if (settings.allows_reload) {
    OrthancPluginRegisterRestCallbackNoLock(sdk(), "/python/reload", serve<answer_reload, OrthancPluginHttpMethod_Post>);
  }
}

bool is_reload_allowed() noexcept { return reload_allowed; }

void stop_dashboard() noexcept {
  try {
    keep_history(false);
  } catch (const std::exception&) {  // no memory
  }
}

}  // namespace orthanc_python
