// SPDX-License-Identifier: GPL-3.0-or-later
// What the host needs of the operating system.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace host {

// Opens a library; on failure prints why and returns nullptr. The path is in UTF-8.
void* open_library(const std::string& path);
void* find_function(void* library, const char* name);

// As Orthanc does when it stops or is reset; the library may stay if it wants to.
void close_library(void* library);

// Runs the functions at once, each on a thread with a stack as small as those of Orthanc's HTTP server: 100 KB.
void run_on_small_stacks(std::vector<std::function<void()>> functions);

}  // namespace host
