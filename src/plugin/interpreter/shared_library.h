// SPDX-License-Identifier: GPL-3.0-or-later
// Calls of the dynamic loader for libpython and for the plugin itself.
#pragma once

#include <filesystem>

namespace orthanc_python {

// Makes libpython's symbols visible to the C extension modules that Python will load. Orthanc opens plugins privately,
// and so their dependencies. On Windows, makes the DLLs beside it known to them. Throws std::runtime_error.
void share_python_symbols();

// Keeps this library in memory when Orthanc closes it: Python has pointers into it.
void pin_plugin() noexcept;

// The path of the libpython in use; empty if unknown.
std::filesystem::path python_library_path();

// The address of a function of libpython, or nullptr.
void* find_python_symbol(const char* name) noexcept;

}  // namespace orthanc_python
