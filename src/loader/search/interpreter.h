// SPDX-License-Identifier: GPL-3.0-or-later
// A Python interpreter on this machine, as it describes itself.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace orthanc_python_loader {

struct interpreter {
  std::filesystem::path executable;  // its own, where a shim (pyenv, asdf, mise) was asked
  std::string version;               // "3.13", or "3.13t" for a free-threaded build
  std::string release;               // "3.13.1"
  std::string platform;              // sysconfig's, such as "linux-x86_64"
  int bits = 0;                      // of a pointer
  std::filesystem::path prefix;      // sys.prefix: of the virtual environment, if it is one
  std::filesystem::path library;     // its shared libpython; empty if it has none
};

constexpr std::chrono::seconds answer_timeout(10);
constexpr std::chrono::seconds brief_timeout(2);  // of one that did not answer at an earlier start

// The Python code that an interpreter is asked with.
extern const char interpreter_question[];

// Run an interpreter to ask it. Throw timeout_error, or std::runtime_error with the reason when it does not answer properly.
interpreter ask_interpreter(const std::filesystem::path& executable, std::chrono::seconds timeout = answer_timeout);

// "3.13.1 (linux-x86_64, 64 bits), /usr/bin/python3.13, shared library /usr/lib/.../libpython3.13.so.1.0".
std::string describe(const interpreter& described);

}  // namespace orthanc_python_loader
