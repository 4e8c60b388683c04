// SPDX-License-Identifier: GPL-3.0-or-later
#include "life/configured_files.h"

#include <charconv>
#include <filesystem>

#include "sdk/deprecated.h"
#include "sdk/sdk.h"
#include "system/paths.h"

namespace orthanc_python {

namespace {

namespace fs = std::filesystem;

template <class T> T value_of(const json_value& root, const std::string& key, T otherwise) {
  const json_value* value = root.find(key);
  const T* content = value == nullptr ? nullptr : std::get_if<T>(&value->content);
  return content == nullptr ? otherwise : *content;
}

void add_port(const json_value& root, const std::string& server, const std::string& otherwise,
              std::vector<std::uint16_t>& ports) {
  const std::string text = value_of(root, server + "Port", json_number{otherwise}).text;
  std::uint16_t port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  if (value_of(root, server + "ServerEnabled", true)) {
    ports.push_back(port);
  }
}

// The folders that a relative path may start from.
std::vector<fs::path> origins() {
  std::vector<fs::path> result{fs::path()};
  ORTHANC_PYTHON_DEPRECATED_BEGIN
  char* text = OrthancPluginGetConfigurationPath(sdk());
  ORTHANC_PYTHON_DEPRECATED_END
  if (text != nullptr) {
    const fs::path path = path_from(text);
    OrthancPluginFreeString(sdk(), text);
    result.insert(result.end(), {path, path.parent_path()});
  }
  return result;
}

}  // namespace

orthancs_files configured_files(const json_value& root) {
  orthancs_files result;
  add_port(root, "Http", "8042", result.ports);
  add_port(root, "Dicom", "4242", result.ports);
  const std::string storage = value_of(root, "StorageDirectory", std::string("OrthancStorage"));
  const fs::path index = path_from(value_of(root, "IndexDirectory", storage));
  for (const fs::path& origin : origins()) {
    for (const char* name : {"index", "index-wal", "index-shm", "index-journal"}) {
      std::error_code error;
      result.databases.push_back(text_of(fs::absolute(origin / index / name, error)));
    }
  }
  return result;
}

}  // namespace orthanc_python
