// SPDX-License-Identifier: GPL-3.0-or-later
// Says why this process cannot use a file or folder. std::filesystem answers "does not exist" in that case.
#pragma once

#include <filesystem>
#include <string>

namespace orthanc_python {

enum class right { read, execute };  // to execute a folder is to enter it

// Return which account lacks which right, and the command that grants it. Empty if nothing is in the way, or nothing is there.
std::string access_obstacle(const std::filesystem::path& path, right wanted);

// Return whether a file or folder is there, or is hidden from this account: whoever uses it gets the reason. An alias of the
// Microsoft Store is there, too, although MSVC's std::filesystem denies it.
bool may_exist(const std::filesystem::path& path);

// Throw std::runtime_error with the obstacle, if there is one. `what` names the path to the reader: "the script".
void require_access(const std::string& what, const std::filesystem::path& path, right wanted);

}  // namespace orthanc_python
