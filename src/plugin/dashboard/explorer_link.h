// SPDX-License-Identifier: GPL-3.0-or-later
// Links to the dashboard: in Orthanc Explorer, and in its list of plugins.
#pragma once

#include <atomic>
#include <string>

namespace orthanc_python {

// Tell Orthanc of them, or have Orthanc Explorer forget the former one.
void add_links(bool on);

extern std::atomic<bool> explorer_has_link;

// The program that extends Orthanc Explorer: the script's, if it has one, and the link. Orthanc keeps one for each plugin.
std::string explorer_program(const char* of_script);

}  // namespace orthanc_python
