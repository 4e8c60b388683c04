// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterRestCallback: routes of the REST API that are answered by Python.
#include <algorithm>
#include <array>
#include <utility>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/http_request.h"
#include "callbacks/registrations.h"

namespace orthanc_python {

namespace {

// Orthanc matches the URL with the routes' regular expressions, but calls back without saying which one it was. So each route
// has a C function of its own, made by the compiler, rather than a second match with another library's idea of the syntax. Those
// beyond share the last one, which does match again, by Python's `re`.
constexpr std::size_t own_functions = 512;

registrations routes;
registrations shared_patterns;  // of the routes from own_functions - 1 on

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
  call(routes.at(route).function);
}

// The route that a URL belongs to. Throws nb::python_error.
std::size_t find_route(std::size_t function, const char* url) {
  if (function < own_functions - 1) {
    return function;
  }
  const nb::object text = to_text(url);
  for (std::size_t i = 0; i < shared_patterns.size(); ++i) {
    if (!shared_patterns.at(i).function.attr("fullmatch")(text).is_none()) {
      return function + i;
    }
  }
  throw_runtime_error(std::string("no route matches ") + url + " in Python's syntax of regular expressions");
}

// How many REST callbacks are running within each other on this thread.
thread_local int running = 0;

OrthancPluginErrorCode on_request(std::size_t function, OrthancPluginRestOutput* output, const char* url,
                                  const OrthancPluginHttpRequest* request) noexcept {
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Plugin;
  ++running;
  run_callback([&] {
    std::size_t route = function;
    const bool answered = guarded([&] {
      route = find_route(function, url);
      answer(route, output, url, *request);
    });
    if (answered) {
      code = OrthancPluginErrorCode_Success;
      return;
    }
    std::string summary;
    code = report_error(std::string("the REST callback of ") + url, routes.at(route), &summary);
    OrthancPluginSetHttpErrorDetails(sdk(), output, summary.c_str(), 0);
  });
  --running;
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

constexpr auto callbacks = route_callbacks(std::make_index_sequence<own_functions>());

nb::ft_mutex mutex;  // a route beyond and its pattern have the same place

// Before Orthanc is told, because it may call back at once. The route's index.
std::size_t keep_route(const text& expression, const callback_argument& callback) {
  const nb::ft_lock_guard lock(mutex);
  if (routes.size() >= own_functions - 1) {
    shared_patterns.add(nb::module_::import_("re").attr("compile")(nb::borrow(expression.object)).ptr());
  }
  return routes.add(callback.object);
}

void register_route(const text& expression, const callback_argument& callback) {
  const char* c_expression = expression.c_str();
  if (running > 0) {
    throw_runtime_error("a REST callback cannot register another: Orthanc would wait for the end of this one. Register it when the "
                        "script is imported, or in a callback of another kind, such as that of changes");
  }
  const std::size_t function = std::min(keep_route(expression, callback), own_functions - 1);
  call({"RegisterRestCallback", ""}, [&] { OrthancPluginRegisterRestCallbackNoLock(sdk(), c_expression, callbacks[function]); });
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
