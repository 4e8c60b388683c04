// SPDX-License-Identifier: GPL-3.0-or-later
#include "interpreter.h"

#include <cstdlib>
#include <stdexcept>

#include "json.h"
#include "paths.h"
#include "subprocess.h"

namespace orthanc_python_loader {

namespace {

using orthanc_python::json_value;
using orthanc_python::parse_json;
using orthanc_python::path_from;

// Python without any module of the user's; the library is where the build says, or beside the installation that was moved.
constexpr const char* question = R"(
import json, os, struct, sys, sysconfig
get = sysconfig.get_config_var
names = [name for name in (get("INSTSONAME"), get("LDLIBRARY")) if name and not name.endswith(".a")]
prefix = sys.base_prefix
folders = [get("LIBDIR"), os.path.join(prefix, "lib"), get("PYTHONFRAMEWORKPREFIX"), prefix]
if os.name == "nt":
    names = ["python%d%d%s.dll" % (*sys.version_info[:2], "t" if get("Py_GIL_DISABLED") else "")]
found = [os.path.join(folder, name) for folder in folders if folder for name in names]
print(json.dumps({
    "version": "%d.%d%s" % (*sys.version_info[:2], "t" if get("Py_GIL_DISABLED") else ""),
    "release": "%d.%d.%d" % sys.version_info[:3],
    "platform": sysconfig.get_platform(),
    "bits": struct.calcsize("P") * 8,
    "library": next((path for path in found if os.path.isfile(path)), ""),
}))
)";

const std::string& member(const json_value& answer, const char* key) {
  const json_value* value = answer.find(key);
  const std::string* text = value == nullptr ? nullptr : std::get_if<std::string>(&value->content);
  if (text == nullptr) {
    throw std::runtime_error("its answer lacks " + std::string(key));
  }
  return *text;
}

}  // namespace

interpreter ask_interpreter(const std::filesystem::path& executable) {
  const json_value answer = parse_json(run_and_read({orthanc_python::text_of(executable), "-I", "-S", "-c", question}, std::chrono::seconds(20)));
  interpreter result;
  result.executable = executable;
  result.version = member(answer, "version");
  result.release = member(answer, "release");
  result.platform = member(answer, "platform");
  result.library = path_from(member(answer, "library"));
  const json_value* bits = answer.find("bits");
  if (bits == nullptr || !std::holds_alternative<orthanc_python::json_number>(bits->content)) {
    throw std::runtime_error("its answer lacks bits");
  }
  result.bits = std::atoi(std::get<orthanc_python::json_number>(bits->content).text.c_str());
  return result;
}

std::string describe(const interpreter& described) {
  return described.release + (described.version.ends_with("t") ? " free-threaded" : "") + " (" + described.platform + ", " +
         std::to_string(described.bits) + " bits), " + orthanc_python::text_of(described.executable) + ", " +
         (described.library.empty() ? "without a shared library" : "shared library " + orthanc_python::text_of(described.library));
}

}  // namespace orthanc_python_loader
