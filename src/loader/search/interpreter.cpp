// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/interpreter.h"

#include <cstdlib>
#include <stdexcept>

#include "json.h"
#include "platform/subprocess.h"
#include "system/access.h"
#include "system/paths.h"

namespace orthanc_python_loader {

namespace {

using orthanc_python::json_value;
using orthanc_python::parse_json;
using orthanc_python::path_from;
using orthanc_python::text_of;

const std::string& member(const json_value& answer, const char* key) {
  const json_value* value = answer.find(key);
  const std::string* text = value == nullptr ? nullptr : std::get_if<std::string>(&value->content);
  if (text == nullptr) {
    throw std::runtime_error("its answer lacks " + std::string(key));
  }
  return *text;
}

// A shim may write lines of its own before the interpreter answers.
std::string last_line(std::string text) {
  text.erase(text.find_last_not_of("\r\n") + 1);
  return text.substr(text.find_last_of('\n') + 1);
}

}  // namespace

interpreter ask_interpreter(const std::filesystem::path& executable, std::chrono::seconds timeout) {
  if (const std::string obstacle = orthanc_python::access_obstacle(executable, orthanc_python::right::execute);
      !obstacle.empty()) {
    throw std::runtime_error(obstacle);
  }
  // In UTF-8, else an interpreter in another locale would take the bytes of its paths for other characters.
  const json_value answer =
      parse_json(last_line(run_and_read({text_of(executable), "-I", "-S", "-X", "utf8", "-c", interpreter_question}, timeout)));
  interpreter result;
  result.executable = path_from(member(answer, "executable"));
  if (result.executable.empty()) {
    result.executable = executable;
  }
  result.version = member(answer, "version");
  result.release = member(answer, "release");
  result.platform = member(answer, "platform");
  result.prefix = path_from(member(answer, "prefix"));
  result.library = path_from(member(answer, "library"));
  const json_value* bits = answer.find("bits");
  if (bits == nullptr || !std::holds_alternative<orthanc_python::json_number>(bits->content)) {
    throw std::runtime_error("its answer lacks bits");
  }
  result.bits = std::atoi(std::get<orthanc_python::json_number>(bits->content).text.c_str());
  return result;
}

std::string describe(const interpreter& described) {
  return described.release + (described.version.ends_with('t') ? " free-threaded" : "") + " (" + described.platform + ", " +
         std::to_string(described.bits) + " bits), " + text_of(described.executable) + ", prefix " + text_of(described.prefix) +
         ", " + (described.library.empty() ? "without a shared library" : "shared library " + text_of(described.library));
}

}  // namespace orthanc_python_loader
