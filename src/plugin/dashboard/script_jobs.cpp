// SPDX-License-Identifier: GPL-3.0-or-later
#include "dashboard/script_jobs.h"

#include <array>
#include <mutex>
#include <set>
#include <variant>

#include "json.h"
#include "metrics/calls/numbers.h"
#include "sdk/sdk.h"

namespace orthanc_python {

namespace {

constexpr std::size_t most_types = 200;
constexpr std::array members{"ID",           "Type",      "State",        "Progress",       "Priority",
                             "CreationTime", "ErrorCode", "ErrorDetails", "CompletionTime", "EffectiveRuntime"};

struct type_table {
  std::mutex mutex;
  std::set<std::string> types;
};
type_table& job_types = *new type_table;

std::set<std::string> known_types() {
  const std::lock_guard lock(job_types.mutex);
  return job_types.types;
}

std::string all_jobs() {
  OrthancPluginMemoryBuffer buffer;
  if (OrthancPluginRestApiGet(sdk(), &buffer, "/jobs?expand") != OrthancPluginErrorCode_Success) {
    return "[]";
  }
  std::string result(static_cast<const char*>(buffer.data), buffer.size);
  OrthancPluginFreeMemoryBuffer(sdk(), &buffer);
  return result;
}

std::string job_json(const json_value& job) {
  std::string result;
  for (const char* name : members) {
    const json_value* value = job.find(name);
    std::string text;
    if (value == nullptr) {
      continue;
    }
    if (const auto* number = std::get_if<json_number>(&value->content); number != nullptr) {
      text = number->text;
    } else if (const auto* string = std::get_if<std::string>(&value->content); string != nullptr) {
      text = quoted(*string);
    }
    if (!text.empty()) {
      result += (result.empty() ? "" : ", ") + member_of(name, text);
    }
  }
  return "{" + result + "}";
}

}  // namespace

void note_job_type(const std::string& type) {
  const std::lock_guard lock(job_types.mutex);
  if (job_types.types.size() < most_types) {
    job_types.types.insert(type);
  }
}

std::string script_jobs_json() {
  const std::set<std::string> types = known_types();
  if (types.empty()) {
    return "[]\n";
  }
  const json_value jobs = parse_json(all_jobs());
  const auto* list = std::get_if<json_value::array>(&jobs.content);
  std::string result;
  if (list != nullptr) {
    for (const json_value& job : *list) {
      const json_value* type = job.find("Type");
      const auto* name = type == nullptr ? nullptr : std::get_if<std::string>(&type->content);
      if (name != nullptr && types.contains(*name)) {
        result += (result.empty() ? "" : ",\n  ") + job_json(job);
      }
    }
  }
  return "[" + result + "]\n";
}

}  // namespace orthanc_python
