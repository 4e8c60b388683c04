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
  std::vector<std::pair<const char*, std::string>> headers = {};
};

// Return the value of a header of the request, "" without one. The name is in lower case.
std::string header_of(const OrthancPluginHttpRequest& request, const char* name);

// Return the value of an argument of a GET request, "" without one.
std::string argument_of(const OrthancPluginHttpRequest& request, const char* name);

// Say whether Orthanc asks for a password. Without one, pages may act only if the browser has reached this server by its
// address or by a name without a domain.
void expect_password(bool expected) noexcept;

// Return whether a browser sends the request for a page of another server.
bool is_cross_site(const OrthancPluginHttpRequest& request);

// Return whether the request comes from a page of this server or from a program, by the header X-Orthanc-Python. A page of
// another server cannot send that unless this server allows it (CORS).
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
