// SPDX-License-Identifier: GPL-3.0-or-later
// A Python interpreter on this machine, as it describes itself.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace orthanc_python_loader {

struct interpreter {
  std::filesystem::path executable;
  std::string version;    // "3.13", or "3.13t" for a free-threaded build
  std::string release;    // "3.13.1"
  std::string platform;   // sysconfig's, such as "linux-x86_64"
  int bits = 0;           // of a pointer
  std::filesystem::path library;  // its shared libpython; empty if it has none
};

// Runs the interpreter to ask it. Throws std::runtime_error with the reason when it does not answer properly.
interpreter ask_interpreter(const std::filesystem::path& executable);

// "3.13.1 (linux-x86_64, 64 bits), /usr/bin/python3.13, shared library /usr/lib/.../libpython3.13.so.1.0".
std::string describe(const interpreter& described);

}  // namespace orthanc_python_loader
