// SPDX-License-Identifier: GPL-3.0-or-later
// Paths as UTF-8 text, as Orthanc and its configuration have them: a path made of a plain string is in the code page on
// Windows.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace orthanc_python {

inline std::filesystem::path path_from(std::string_view utf8) { return std::u8string(utf8.begin(), utf8.end()); }

inline std::string text_of(const std::filesystem::path& path) {
  const std::u8string text = path.u8string();
  return {text.begin(), text.end()};
}

}  // namespace orthanc_python
