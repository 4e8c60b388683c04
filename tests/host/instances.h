// SPDX-License-Identifier: GPL-3.0-or-later
// The services of the SDK that give each kind of result, at next to no cost: what a call of them takes is the plugin's.
#pragma once

#include <orthanc/OrthancCPlugin.h>

#include <optional>

namespace host {

// The parameters of a service.
template <class T> const T& as(const void* parameters) { return *static_cast<const T*>(parameters); }

// Answer a service; nothing if it is none of these.
std::optional<OrthancPluginErrorCode> serve_data(_OrthancPluginService service, const void* parameters);

}  // namespace host
