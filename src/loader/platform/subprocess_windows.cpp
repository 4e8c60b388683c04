// SPDX-License-Identifier: GPL-3.0-or-later
#include <windows.h>

#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "platform/subprocess.h"
#include "system/paths.h"

namespace orthanc_python_loader {

namespace {

struct handle_closer {
  using pointer = HANDLE;
  void operator()(HANDLE handle) const noexcept { CloseHandle(handle); }
};
using unique_handle = std::unique_ptr<HANDLE, handle_closer>;

std::runtime_error last_error(const std::string& what) {
  return std::runtime_error(what + ": " + std::error_code(static_cast<int>(GetLastError()), std::system_category()).message());
}

// An argument as the C runtime of the program will take the command line apart: quoted, with backslashes doubled before quotes.
std::wstring quoted(const std::wstring& argument) {
  std::wstring result = L"\"";
  std::size_t backslashes = 0;
  for (const wchar_t each : argument) {
    if (each == L'"') {
      result.append(backslashes + 1, L'\\');
    }
    backslashes = each == L'\\' ? backslashes + 1 : 0;
    result += each;
  }
  return result.append(backslashes, L'\\') + L'"';
}

struct pipe {
  unique_handle reading;
  unique_handle writing;  // inherited by the program
};

pipe make_pipe() {
  SECURITY_ATTRIBUTES inheritable{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
  HANDLE reading = nullptr;
  HANDLE writing = nullptr;
  if (!CreatePipe(&reading, &writing, &inheritable, 0)) {
    throw last_error("no pipe");
  }
  SetHandleInformation(reading, HANDLE_FLAG_INHERIT, 0);
  return {unique_handle(reading), unique_handle(writing)};
}

// Starts the program with nothing but its standard output connected.
unique_handle start(const std::vector<std::string>& command, HANDLE output) {
  std::wstring line;
  for (const std::string& argument : command) {
    line += (line.empty() ? L"" : L" ") + quoted(orthanc_python::path_from(argument).wstring());
  }
  STARTUPINFOW how{};
  how.cb = sizeof how;
  how.dwFlags = STARTF_USESTDHANDLES;
  how.hStdOutput = output;
  PROCESS_INFORMATION started{};
  if (!CreateProcessW(orthanc_python::path_from(command.front()).c_str(), line.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW,
                      nullptr, nullptr, &how, &started)) {
    throw last_error("it cannot be run");
  }
  CloseHandle(started.hThread);
  return unique_handle(started.hProcess);
}

std::string read_all(HANDLE descriptor) {
  std::string text;
  char buffer[4096];
  for (DWORD count = 0; ReadFile(descriptor, buffer, sizeof buffer, &count, nullptr) && count > 0;) {
    text.append(buffer, count);
  }
  return text;
}

}  // namespace

std::string run_and_read(const std::vector<std::string>& command, std::chrono::seconds timeout) {
  pipe output = make_pipe();
  const unique_handle process = start(command, output.writing.get());
  output.writing.reset();
  std::string text;
  std::thread reader([&] { text = read_all(output.reading.get()); });
  const auto limit = static_cast<DWORD>(std::chrono::milliseconds(timeout).count());
  const bool ended = WaitForSingleObject(process.get(), limit) == WAIT_OBJECT_0;
  if (!ended) {
    TerminateProcess(process.get(), 1);
  }
  reader.join();
  DWORD status = 1;
  GetExitCodeProcess(process.get(), &status);
  if (!ended) {
    throw timeout_error(timeout);
  }
  if (status != 0) {
    throw std::runtime_error("it failed when asked for its version");
  }
  return text;
}

}  // namespace orthanc_python_loader
