// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/routes/serving.h"

#include <atomic>
#include <cstring>
#include <string_view>

namespace orthanc_python {

namespace {

std::atomic<bool> a_password_protects{false};

std::string value_of(std::uint32_t count, const char* const* keys, const char* const* values, const char* name) {
  for (std::uint32_t i = 0; i < count; ++i) {
    if (std::strcmp(keys[i], name) == 0) {
      return values[i];
    }
  }
  return {};
}

// Return whether a host is an address, or a name without a domain, such as localhost: nobody can register these in the DNS.
bool is_private_name(std::string_view host) {
  if (host.starts_with('[')) {
    return true;  // IPv6
  }
  host = host.substr(0, host.find(':'));
  const std::string_view last = host.substr(host.rfind('.') + 1);
  const bool is_address = !last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos;
  return is_address || host.find('.') == std::string_view::npos || host.ends_with(".localhost");
}

}  // namespace

std::string header_of(const OrthancPluginHttpRequest& request, const char* name) {
  return value_of(request.headersCount, request.headersKeys, request.headersValues, name);
}

std::string argument_of(const OrthancPluginHttpRequest& request, const char* name) {
  return value_of(request.getCount, request.getKeys, request.getValues, name);
}

// Browsers send the site of the page that asks (Fetch Metadata), except to a server that is reached by HTTP and is not this
// machine. There the origin says it. A page of a site whose owner lets its name lead to this machine (DNS rebinding) has that
// name in both headers, and no password for it.
bool is_cross_site(const OrthancPluginHttpRequest& request) {
  const std::string site = header_of(request, "sec-fetch-site");
  const std::string origin = header_of(request, "origin");
  const std::string host = header_of(request, "host");
  const bool is_same = origin == "http://" + host || origin == "https://" + host;
  const bool is_own = origin.empty() || (is_same && (a_password_protects || is_private_name(host)));
  return !is_own || site == "cross-site" || site == "same-site";
}

void expect_password(bool expected) noexcept { a_password_protects = expected; }

bool is_deliberate(const OrthancPluginHttpRequest& request) {
  return !header_of(request, "x-orthanc-python").empty() && !is_cross_site(request);
}

void send(OrthancPluginRestOutput* output, const answer& made) {
  for (const auto& [name, value] : made.headers) {
    OrthancPluginSetHttpHeader(sdk(), output, name, value.c_str());
  }
  if (made.status == 200) {
    OrthancPluginAnswerBuffer(sdk(), output, made.text.data(), static_cast<std::uint32_t>(made.text.size()), made.type);
  } else if (made.text.empty()) {
    OrthancPluginSendHttpStatusCode(sdk(), output, made.status);
  } else {
    OrthancPluginSendHttpStatus(sdk(), output, made.status, made.text.data(), static_cast<std::uint32_t>(made.text.size()));
  }
}

}  // namespace orthanc_python
