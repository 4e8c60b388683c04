// SPDX-License-Identifier: GPL-3.0-or-later
#include "checks.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>

namespace fuzz {

namespace {

template <class T> const T& as(const void* parameters) { return *static_cast<const T*>(parameters); }

[[noreturn]] void fail(const char* what, const char* text) {
  std::fprintf(stderr, "%s: \"%s\"\n", what, text);
  std::abort();
}

bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

void check_headers(std::initializer_list<const char*> texts) {
  for (const char* text : texts) {
    for (const char* place = text; place != nullptr && *place != '\0'; ++place) {
      if (is_control(*place)) {
        fail("a header", text);
      }
    }
  }
}

void check_headers(std::uint32_t count, const char* const* keys, const char* const* values) {
  for (std::uint32_t i = 0; i < count; ++i) {
    check_headers({keys[i], values[i]});
  }
}

void check_log(const char* text) {
  for (const char* place = text; *place != '\0'; ++place) {
    const bool indented = std::strncmp(place + 1, "    ", 4) == 0 || place[1] == '\n' || place[1] == '\0';
    const bool other_control = is_control(*place) && *place != '\n';
    const bool other_end = std::strncmp(place, "\xc2\x85", 2) == 0 || std::strncmp(place, "\xe2\x80\xa8", 3) == 0;
    if (other_control || other_end || (*place == '\n' && !indented)) {
      fail("a text of the log", text);
    }
  }
}

void check_client(const _OrthancPluginCallHttpClient2& call) {
  check_headers({call.url, call.username, call.password});
  check_headers(call.headersCount, call.headersKeys, call.headersValues);
}

}  // namespace

void check_texts(_OrthancPluginService service, const void* parameters) {
  switch (service) {
    case _OrthancPluginService_LogInfo:
    case _OrthancPluginService_LogWarning:
    case _OrthancPluginService_LogError: return check_log(static_cast<const char*>(parameters));
    case _OrthancPluginService_SetHttpErrorDetails:
      return as<_OrthancPluginSetHttpErrorDetails>(parameters).log == 0
                 ? void()
                 : check_log(as<_OrthancPluginSetHttpErrorDetails>(parameters).details);
    case _OrthancPluginService_AnswerBuffer: return check_headers({as<_OrthancPluginAnswerBuffer>(parameters).mimeType});
    case _OrthancPluginService_Redirect:
    case _OrthancPluginService_SendUnauthorized:
    case _OrthancPluginService_SendMethodNotAllowed:
      return check_headers({as<_OrthancPluginOutputPlusArgument>(parameters).argument});
    case _OrthancPluginService_SetCookie:
    case _OrthancPluginService_SetHttpHeader:
      return check_headers(
          {as<_OrthancPluginSetHttpHeader>(parameters).key, as<_OrthancPluginSetHttpHeader>(parameters).value});
    case _OrthancPluginService_StartMultipartAnswer:
      return check_headers({as<_OrthancPluginStartMultipartAnswer>(parameters).subType,
                            as<_OrthancPluginStartMultipartAnswer>(parameters).contentType});
    case _OrthancPluginService_SendMultipartItem2: {
      const auto& call = as<_OrthancPluginSendMultipartItem2>(parameters);
      return check_headers(call.headersCount, call.headersKeys, call.headersValues);
    }
    case _OrthancPluginService_CallHttpClient2: return check_client(as<_OrthancPluginCallHttpClient2>(parameters));
    default: return;
  }
}

}  // namespace fuzz
