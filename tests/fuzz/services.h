// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <orthanc/OrthancCPlugin.h>

#include <string>

namespace fuzz {

// The host's services and more. They read all that they are given, so that a wrong size or a dangling pointer shows.
OrthancPluginContext* open_services(const std::string& configuration);

}  // namespace fuzz
