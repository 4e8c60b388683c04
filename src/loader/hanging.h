// SPDX-License-Identifier: GPL-3.0-or-later
// A memory of interpreters that did not answer: each would cost its timeout at every start.
#pragma once

#include <filesystem>

namespace orthanc_python_loader {

// Return whether an interpreter, not changed since, did not answer in the last week.
bool is_known_to_hang(const std::filesystem::path& executable);

// Forget an interpreter that has answered since.
void forget_hanging(const std::filesystem::path& executable) noexcept;

// Remember it in the account's cache folder. Without such a folder nothing is remembered.
void remember_hanging(const std::filesystem::path& executable) noexcept;

}  // namespace orthanc_python_loader
