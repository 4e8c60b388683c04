// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterRestCallback: routes of the REST API that are answered by Python.
#include <array>
#include <atomic>
#include <utility>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/http_request.h"
#include "callbacks/registrations.h"

namespace orthanc_python {

namespace {

// Orthanc matches the URL with the routes' regular expressions, but calls back without saying which one it was. So each route
// has a C function of its own, made by the compiler, rather than a second match with another library's idea of the syntax.
constexpr std::size_t most_routes = 1024;

registrations routes;

void answer(std::size_t route, OrthancPluginRestOutput* output, const char* url, const OrthancPluginHttpRequest& request) {
  const loan<OrthancPluginRestOutput> lent(output);
  keyword_call call;
  call.positional(nb::borrow(lent.object()));
  call.positional(to_text(url));
  call.keyword("method", method_name(request.method));
  nb::object groups = nb::steal(PyTuple_New(request.groupsCount));
  for (std::uint32_t i = 0; i < request.groupsCount; ++i) {
    PyTuple_SET_ITEM(groups.ptr(), i, to_text(request.groups[i]).release().ptr());
  }
  call.keyword("groups", std::move(groups));
  call.keyword("headers", to_dict(request.headersCount, request.headersKeys, request.headersValues));
  if (request.method == OrthancPluginHttpMethod_Get) {
    call.keyword("get", to_dict(request.getCount, request.getKeys, request.getValues));
  } else if (request.method == OrthancPluginHttpMethod_Post || request.method == OrthancPluginHttpMethod_Put) {
    call.keyword("body", to_bytes(request.body, request.bodySize));
  }
  call(routes.at(route));
}

OrthancPluginErrorCode on_request(std::size_t route, OrthancPluginRestOutput* output, const char* url,
                                  const OrthancPluginHttpRequest* request) noexcept {
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Plugin;
  run_callback([&] {
    if (guarded([&] { answer(route, output, url, *request); })) {
      code = OrthancPluginErrorCode_Success;
      return;
    }
    std::string summary;
    code = report_error(std::string("the REST callback of ") + url, routes.at(route).ptr(), &summary);
    OrthancPluginSetHttpErrorDetails(sdk(), output, summary.c_str(), 0);
  });
  return code;
}

template <std::size_t Route>
OrthancPluginErrorCode route_callback(OrthancPluginRestOutput* output, const char* url, const OrthancPluginHttpRequest* request) {
  return on_request(Route, output, url, request);
}

template <std::size_t... Routes>
constexpr std::array<OrthancPluginRestCallback, sizeof...(Routes)> route_callbacks(std::index_sequence<Routes...>) {
  return {route_callback<Routes>...};
}

constexpr auto callbacks = route_callbacks(std::make_index_sequence<most_routes>());

void register_route(const text& expression, const callback_argument& callback) {
  const char* c_expression = expression.c_str();
  const std::size_t route = routes.size();
  if (route == most_routes) {
    throw_runtime_error("no more than " + std::to_string(most_routes) +
                        " REST callbacks can be registered; use groups in the regular expressions");
  }
  routes.add(callback.object);  // first: Orthanc may call back at once
  call({"RegisterRestCallback", ""}, [&] { OrthancPluginRegisterRestCallbackNoLock(sdk(), c_expression, callbacks[route]); });
}

}  // namespace

void init_rest_callbacks(nb::module_& module) {
  // Orthanc's own lock around the callbacks of a plugin would let one slow callback stop all others.
  for (const char* name : {"RegisterRestCallback", "RegisterRestCallbackNoLock"}) {
    module.def(name, &register_route, nb::arg("pathRegularExpression"), nb::arg("callback"),
               "Answers the URLs that the regular expression matches as a whole, by callback(output, uri, **request).");
  }
}

}  // namespace orthanc_python
