// SPDX-License-Identifier: GPL-3.0-or-later
// The host's calls of the operating system.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace host {

// The program's arguments, without its name.
std::vector<std::filesystem::path> arguments(int count, char** values);

// Opens a library, for itself or for those that are opened later, too; on failure prints why and returns nullptr.
void* open_library(const std::filesystem::path& path, bool global);
void* find_function(void* library, const char* name);

// As Orthanc does when it stops or is reset; the library may stay if it wants to.
void close_library(void* library);

// Runs the functions at once, each on a thread with a stack as small as those of Orthanc's HTTP server: 100 KB.
void run_on_small_stacks(std::vector<std::function<void()>> functions);

}  // namespace host
