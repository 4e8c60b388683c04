// SPDX-License-Identifier: GPL-3.0-or-later
#include "life/configuration.h"

#include <stdexcept>
#include <utility>

#include "life/configured_files.h"
#include "sdk/sdk.h"
#include "settings/settings.h"
#include "system/process_environment.h"

namespace orthanc_python {

namespace {

// From the loader: the interpreter that it has picked.
constexpr const char* executable_variable = "ORTHANC_PYTHON_EXECUTABLE";

std::string listed(const std::vector<std::string>& paths) {
  std::string result;
  for (const std::string& path : paths) {
    result += (result.empty() ? "" : ", ") + path;
  }
  return result;
}

// As Orthanc decides: where "AuthenticationEnabled" is missing, access from other machines needs a password.
bool asks_for_password(const json_value& root) {
  for (const char* name : {"AuthenticationEnabled", "RemoteAccessAllowed"}) {
    const json_value* value = root.find(name);
    if (const bool* flag = value == nullptr ? nullptr : std::get_if<bool>(&value->content)) {
      return *flag;
    }
  }
  return false;
}

// true, false, or an object that says what is allowed.
dashboard_settings dashboard_of(const json_value& value, bool metrics, bool has_password) {
  const auto* flag = std::get_if<bool>(&value.content);
  const json_value* reload = value.find("Reload");
  const bool on = flag == nullptr || *flag;
  if (on && !metrics) {
    log_warning("Python: the setting \"Dashboard\" has no effect, because \"Metrics\" of the section \"Python\" is false");
  }
  return {on && metrics, reload != nullptr && std::get<bool>(reload->content), has_password};
}

void warn_of_overridden(const std::string& winner, const std::string& used, const std::string& loser,
                        const std::string& ignored) {
  log_warning("Python: the setting \"" + winner + "\" (" + used + ") wins over \"" + loser + "\" of the section \"Python\" (" +
              ignored + "), which is ignored; remove one of the two");
}

std::string orthanc_configuration() {
  char* text = OrthancPluginGetConfiguration(sdk());
  if (text == nullptr) {
    throw std::runtime_error("Orthanc does not give its configuration");
  }
  std::string result(text);
  OrthancPluginFreeString(sdk(), text);
  return result;
}

}  // namespace

configuration read_configuration() {
  const json_value root = parse_json(orthanc_configuration());
  plugin_settings settings = read_settings(root);
  configuration result;
  result.files = configured_files(root);
  result.section = std::move(settings.section);
  result.unknown = std::move(settings.unknown);
  result.verbose = flag_setting(result.section, "Verbose");
  result.allow_threads = flag_setting(result.section, "AllowThreads");
  result.metrics = flag_setting(result.section, "Metrics");
  result.dashboard = dashboard_of(*result.section.find("Dashboard"), result.metrics, asks_for_password(root));
  result.slow_callback = number_setting(result.section, "SlowCallback");
  result.stop_timeout = number_setting(result.section, "StopTimeout");
  result.virtual_environment = text_setting(result.section, "VirtualEnv");
  result.version = text_setting(result.section, "Version");
  result.executable = read_environment(executable_variable);
  remove_from_environment(executable_variable);  // the processes that a script starts must not see it
  result.scripts = texts_setting(result.section, "Path");
  result.modules = texts_setting(result.section, "Modules");
  // The global settings win.
  if (root.find("PythonScript") != nullptr) {
    const std::vector<std::string> scripts = texts_setting(root, "PythonScript");
    if (!result.scripts.empty() && result.scripts != scripts) {
      warn_of_overridden("PythonScript", listed(scripts), "Path", listed(result.scripts));
    }
    result.scripts = scripts;
  }
  if (const json_value* verbose = root.find("PythonVerbose"); verbose != nullptr) {
    const bool verbose_of_section = std::exchange(result.verbose, std::get<bool>(verbose->content));
    const json_value* section = root.find("Python");
    if (result.verbose != verbose_of_section && section != nullptr && section->find("Verbose") != nullptr) {
      warn_of_overridden("PythonVerbose", result.verbose ? "true" : "false", "Verbose", verbose_of_section ? "true" : "false");
    }
  }
  return result;
}

}  // namespace orthanc_python
