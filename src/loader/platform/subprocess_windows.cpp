// SPDX-License-Identifier: GPL-3.0-or-later
#include <windows.h>

#include <chrono>
#include <memory>

#include "platform/subprocess.h"
#include "system/paths.h"

namespace orthanc_python_loader {

namespace {

using std::chrono::steady_clock;

struct handle_closer {
  using pointer = HANDLE;
  void operator()(HANDLE handle) const noexcept { CloseHandle(handle); }
};
using unique_handle = std::unique_ptr<HANDLE, handle_closer>;

std::runtime_error last_error(const std::string& what) { return system_failure(what, static_cast<int>(GetLastError())); }

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
    throw last_error(no_pipe);
  }
  SetHandleInformation(reading, HANDLE_FLAG_INHERIT, 0);
  return {unique_handle(reading), unique_handle(writing)};
}

// Ends all processes in it with itself. A virtual environment's python.exe starts the interpreter as its child, as a shim does.
unique_handle make_job() {
  unique_handle job(CreateJobObjectW(nullptr, nullptr));
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (job == nullptr || !SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits)) {
    throw last_error("no job object");
  }
  return job;
}

// Start the program in the job, with nothing but its standard output connected.
unique_handle start(const std::vector<std::string>& command, HANDLE output, HANDLE job) {
  std::wstring line;
  for (const std::string& argument : command) {
    line += (line.empty() ? L"" : L" ") + quoted(orthanc_python::path_from(argument).wstring());
  }
  STARTUPINFOW how{};
  how.cb = sizeof how;
  how.dwFlags = STARTF_USESTDHANDLES;
  how.hStdOutput = output;
  PROCESS_INFORMATION started{};
  if (!CreateProcessW(orthanc_python::path_from(command.front()).c_str(), line.data(), nullptr, nullptr, TRUE,
                      CREATE_NO_WINDOW | CREATE_SUSPENDED, nullptr, nullptr, &how, &started)) {
    throw last_error(cannot_be_run);
  }
  AssignProcessToJobObject(job, started.hProcess);  // fails before Windows 8 if Orthanc is in a job itself
  ResumeThread(started.hThread);
  CloseHandle(started.hThread);
  return unique_handle(started.hProcess);
}

constexpr DWORD pause = 2;  // milliseconds between two looks

// Read until the other end is closed, or the text is too long. Return false when the time is over. A pipe cannot be waited for,
// and a blocking read has no limit.
bool read_all(HANDLE descriptor, std::string& text, std::size_t most, steady_clock::time_point deadline) {
  DWORD available = 0;
  while (PeekNamedPipe(descriptor, nullptr, 0, nullptr, &available, nullptr)) {
    char buffer[4096];
    DWORD count = 0;
    if (available == 0) {
      if (steady_clock::now() >= deadline) {
        return false;
      }
      Sleep(pause);
    } else if (!ReadFile(descriptor, buffer, sizeof buffer, &count, nullptr) || count == 0) {
      return true;
    } else {
      text.append(buffer, count);
      if (text.size() > most) {
        return true;
      }
    }
  }
  return true;
}

// Wait for the end of the process: it may have closed its output long before. Return false when the time is over.
bool wait_for(HANDLE process, steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  return WaitForSingleObject(process, left > 0 ? static_cast<DWORD>(left) : 0) == WAIT_OBJECT_0;
}

}  // namespace

program_end run_program(const std::vector<std::string>& command, std::string& output, std::size_t most,
                        std::chrono::seconds timeout) {
  pipe ends = make_pipe();
  const unique_handle job = make_job();
  const unique_handle process = start(command, ends.writing.get(), job.get());
  ends.writing.reset();
  const auto deadline = steady_clock::now() + timeout;
  const bool answered = read_all(ends.reading.get(), output, most, deadline);
  if (output.size() > most || !answered || !wait_for(process.get(), deadline)) {
    TerminateProcess(process.get(), 1);
    return output.size() > most ? program_end::too_long : program_end::too_late;
  }
  DWORD status = 1;
  GetExitCodeProcess(process.get(), &status);
  return status == 0 ? program_end::succeeded : program_end::failed;
}

}  // namespace orthanc_python_loader
