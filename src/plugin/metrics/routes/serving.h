// SPDX-License-Identifier: GPL-3.0-or-later
// How the plugin's own routes answer. None of them needs the GIL, but where the function that makes the answer takes it.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "sdk/sdk.h"
#include "threads/python_thread.h"

namespace orthanc_python {

constexpr const char* json_type = "application/json";

struct answer {
  std::string text;
  const char* type;
  std::uint16_t status = 200;
  std::vector<std::pair<const char*, std::string>> headers;
};

// The value of a header of the request, whose name is in lower case; "" without one.
std::string header_of(const OrthancPluginHttpRequest& request, const char* name);

// The value of an argument of a GET request; "" without one.
std::string argument_of(const OrthancPluginHttpRequest& request, const char* name);

// The argument "seconds" of a measurement: from 1 to 60, by default 10.
int seconds_of(const OrthancPluginHttpRequest& request);

// Whether a browser sends the request for a page of another server.
bool is_cross_site(const OrthancPluginHttpRequest& request);

// Whether the request comes from a page of this server, or from a program: it has the header X-Orthanc-Python, which a page of
// another server cannot send unless this server allows that (CORS).
bool is_deliberate(const OrthancPluginHttpRequest& request);

void send(OrthancPluginRestOutput* output, const answer& made);

// A route that answers one method with what the function makes.
template <answer (*make)(const OrthancPluginHttpRequest&), OrthancPluginHttpMethod method = OrthancPluginHttpMethod_Get>
OrthancPluginErrorCode serve(OrthancPluginRestOutput* output, const char*, const OrthancPluginHttpRequest* request) noexcept {
  const gate_pass pass(callback_gate());
  if (!pass) {
    return OrthancPluginErrorCode_Plugin;
  }
  try {
    if (request->method != method) {
      OrthancPluginSendMethodNotAllowed(sdk(), output, method == OrthancPluginHttpMethod_Get ? "GET" : "POST");
    } else {
      send(output, make(*request));
    }
    return OrthancPluginErrorCode_Success;
  } catch (const std::exception&) {  // no memory
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
}

}  // namespace orthanc_python
