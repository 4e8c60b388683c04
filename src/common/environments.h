// SPDX-License-Identifier: GPL-3.0-or-later
// Virtual environments (PEP 405), and what conda makes, on the disk.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace orthanc_python {

// Return the interpreter of an environment, or an empty path if there is none.
std::filesystem::path environment_interpreter(const std::filesystem::path& environment);

// Return the environment that the setting "VirtualEnv" names: its folder, or the folder of an interpreter in it. `python` is a
// command that runs Python, for the advice. Throw std::runtime_error if it is not an environment, or if this account cannot use
// it.
std::filesystem::path configured_environment(const std::string& setting, const std::string& python);

// Return a value of pyvenv.cfg, or an empty text.
std::string environment_value(const std::filesystem::path& environment, const std::string& key);

// Return the versions of Python that an environment may be for, such as "3.13.1" by pyvenv.cfg, or else "3.13" and "3.13t" by
// the folders of its standard library or packages. Empty if they do not say.
std::vector<std::string> environment_versions(const std::filesystem::path& environment);

}  // namespace orthanc_python
