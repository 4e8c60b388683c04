// SPDX-License-Identifier: GPL-3.0-or-later
// std::system_category() gives texts in the ANSI code page of the system's language.
#include <windows.h>

#include <filesystem>
#include <string_view>

#include "system/error_text.h"
#include "system/paths.h"

namespace orthanc_python {

std::string error_text(const std::error_code& error) {
  if (error.category() != std::system_category()) {
    return error.message();  // of the C runtime, always in English
  }
  constexpr DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
  wchar_t buffer[2048];
  std::wstring_view text(buffer, FormatMessageW(flags, nullptr, static_cast<DWORD>(error.value()), 0, buffer, 2048, nullptr));
  text = text.substr(0, text.find_last_not_of(L" .") + 1);  // most end with a full stop and a blank
  return text.empty() ? "error " + std::to_string(error.value()) : text_of(std::filesystem::path(text));
}

}  // namespace orthanc_python
