// SPDX-License-Identifier: GPL-3.0-or-later
#include "services.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <regex>
#include <utility>
#include <vector>

#include "instances.h"

namespace host {

namespace {

struct route {
  std::regex pattern;
  OrthancPluginRestCallback callback;
};

std::string configuration;
std::vector<route> routes;
std::vector<OrthancPluginOnChangeCallback> change_callbacks;
OrthancPluginContext context;

char* copy_of(const std::string& text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  return static_cast<char*>(std::memcpy(copy, text.c_str(), text.size() + 1));
}

http_answer& answer_of(OrthancPluginRestOutput* output) { return *reinterpret_cast<http_answer*>(output); }

// The host's own REST API: it answers what it was asked.
OrthancPluginErrorCode answer_rest_api(const _OrthancPluginRestApiGet& call) {
  if (std::strcmp(call.uri, "/missing") == 0) {
    return OrthancPluginErrorCode_UnknownResource;
  }
  const std::string body = std::string("{\"uri\": \"") + call.uri + "\"}";
  call.target->data = copy_of(body);
  call.target->size = static_cast<std::uint32_t>(body.size());
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode serve(OrthancPluginContext*, _OrthancPluginService service, const void* parameters) {
  switch (service) {
    case _OrthancPluginService_LogInfo:
    case _OrthancPluginService_LogWarning:
      print(std::string("log ") + static_cast<const char*>(parameters));
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_LogError:
      print(std::string("error ") + static_cast<const char*>(parameters));
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_GetConfiguration:
      *as<_OrthancPluginRetrieveDynamicString>(parameters).result = copy_of(configuration);
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_SetPluginProperty: return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_RegisterRestCallback:
    case _OrthancPluginService_RegisterRestCallbackNoLock: {
      const auto& call = as<_OrthancPluginRestCallback>(parameters);
      routes.push_back({std::regex(call.pathRegularExpression), call.callback});
      return OrthancPluginErrorCode_Success;
    }
    case _OrthancPluginService_RegisterOnChangeCallback:
      change_callbacks.push_back(as<_OrthancPluginOnChangeCallback>(parameters).callback);
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_AnswerBuffer: {
      const auto& call = as<_OrthancPluginAnswerBuffer>(parameters);
      answer_of(call.output) = {200, call.mimeType, std::string(static_cast<const char*>(call.answer), call.answerSize)};
      return OrthancPluginErrorCode_Success;
    }
    case _OrthancPluginService_SendHttpStatus: {
      const auto& call = as<_OrthancPluginSendHttpStatus>(parameters);
      answer_of(call.output) = {call.status, "", std::string(static_cast<const char*>(call.body), call.bodySize)};
      return OrthancPluginErrorCode_Success;
    }
    case _OrthancPluginService_SetHttpErrorDetails:
      answer_of(as<_OrthancPluginSetHttpErrorDetails>(parameters).output).body =
          as<_OrthancPluginSetHttpErrorDetails>(parameters).details;
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_RestApiGet: return answer_rest_api(as<_OrthancPluginRestApiGet>(parameters));
    default:
      if (const auto code = serve_data(service, parameters); code) {
        return *code;
      }
      print("log the host has no service " + std::to_string(service));
      return OrthancPluginErrorCode_UnknownPluginService;
  }
}

std::vector<std::pair<std::string, std::string>> query_of(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> result;
  static const std::regex argument("([^&=]+)=([^&]*)");  // once: libstdc++'s compilation of them fills a cache without a lock
  for (std::sregex_iterator each(text.begin(), text.end(), argument), end; each != end; ++each) {
    result.emplace_back((*each)[1], (*each)[2]);
  }
  return result;
}

}  // namespace

OrthancPluginContext* open_services(const std::string& text) {
  configuration = text;
  context.pluginsManager = nullptr;
  context.orthancVersion = "mainline";
  context.Free = std::free;
  context.InvokeService = serve;
  return &context;
}

void forget_registrations() {
  routes.clear();
  change_callbacks.clear();
}

http_answer request(OrthancPluginHttpMethod method, const std::string& url, const std::string& body) {
  const std::size_t mark = url.find('?');
  const std::string path = url.substr(0, mark);
  const auto query = query_of(mark == std::string::npos ? "" : url.substr(mark + 1));
  for (std::size_t place = 0; place < routes.size(); ++place) {
    std::smatch match;
    if (!std::regex_match(path, match, routes[place].pattern)) {
      continue;
    }
    std::vector<std::string> texts;
    std::vector<const char*> groups;
    for (std::size_t i = 1; i < match.size(); ++i) {
      texts.push_back(match[i]);
    }
    for (const std::string& text : texts) {
      groups.push_back(text.c_str());
    }
    std::vector<const char*> keys;
    std::vector<const char*> values;
    for (const auto& [key, value] : query) {
      keys.push_back(key.c_str());
      values.push_back(value.c_str());
    }
    OrthancPluginHttpRequest details{};
    details.method = method;
    details.groupsCount = static_cast<std::uint32_t>(groups.size());
    details.groups = groups.data();
    details.getCount = static_cast<std::uint32_t>(keys.size());
    details.getKeys = keys.data();
    details.getValues = values.data();
    details.body = body.data();
    details.bodySize = static_cast<std::uint32_t>(body.size());
    return call_route(place, path.c_str(), details);
  }
  return {};
}

http_answer call_route(std::size_t route, const char* url, const OrthancPluginHttpRequest& request) {
  http_answer answer;
  answer.status = 200;
  if (routes.at(route).callback(reinterpret_cast<OrthancPluginRestOutput*>(&answer), url, &request) !=
      OrthancPluginErrorCode_Success) {
    answer.status = 500;
  }
  return answer;
}

int change(OrthancPluginChangeType type, OrthancPluginResourceType level, const std::string& resource) {
  for (const OrthancPluginOnChangeCallback callback : change_callbacks) {
    callback(type, level, resource.c_str());
  }
  return static_cast<int>(change_callbacks.size());
}

void print(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

}  // namespace host
