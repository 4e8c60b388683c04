// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace orthanc_python_loader {

// Open a library; if `global`, its symbols are there for all libraries that are opened later. Throw std::runtime_error with the
// reason.
void* open_library(const std::filesystem::path& path, bool global);

// Close a library of which nothing has been called yet.
void close_library(void* library) noexcept;

// Keep an open library for the life of the process.
void pin_library(const std::filesystem::path& path) noexcept;

// Throws std::runtime_error when the library lacks the function.
void* find_function(void* library, const char* name);

// The path of the loader.
std::filesystem::path this_library();

// Keeps the loader in memory when Orthanc closes it.
void pin_this_library();

}  // namespace orthanc_python_loader
