// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <orthanc/OrthancCPlugin.h>

namespace fuzz {

// Ends the process if a call would send a header or write a line of the log that looks like another.
void check_texts(_OrthancPluginService service, const void* parameters);

}  // namespace fuzz
