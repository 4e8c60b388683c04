// SPDX-License-Identifier: GPL-3.0-or-later
// The host's answers to a plugin: the services of Orthanc's SDK that the tests need.
#pragma once

#include <orthanc/OrthancCPlugin.h>

#include <cstddef>
#include <string>

namespace host {

// The context for OrthancPluginInitialize. The configuration is what OrthancPluginGetConfiguration gives.
OrthancPluginContext* open_services(const std::string& configuration);

// Forgets what a plugin has registered, as Orthanc does when it closes the plugin.
void forget_registrations();

struct http_answer {
  int status = 404;
  std::string type;
  std::string body;
};

// Has the plugin answer a URL, with or without a query.
http_answer request(OrthancPluginHttpMethod method, const std::string& url, const std::string& body);

// The same for the route of that place among those registered, whatever its pattern, with a request of the caller's own.
http_answer call_route(std::size_t route, const char* url, const OrthancPluginHttpRequest& request);

// Tells the plugin of a change. The number of callbacks called.
int change(OrthancPluginChangeType type, OrthancPluginResourceType level, const std::string& resource);

// One line of output, whole even when several threads write.
void print(const std::string& line);

}  // namespace host
