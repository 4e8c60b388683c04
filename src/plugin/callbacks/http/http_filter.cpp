// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterIncomingHttpRequestFilter: Python decides whether an HTTP request is let in. All filters must agree.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/http/http_request.h"
#include "callbacks/registry/registrations.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

registrations filters("http_filter");

struct http_request {
  OrthancPluginHttpMethod method;
  const char* uri;
  const char* ip;
  nb::object headers;
  nb::object arguments;
};

// Only True allows.
bool allows(const registered_function& filter, const http_request& request) {
  keyword_call call;
  call.positional(to_text(request.uri));
  call.keyword("method", nb::int_(static_cast<int>(request.method)));
  call.keyword("ip", to_text(request.ip));
  call.keyword("headers", request.headers);
  if (request.method == OrthancPluginHttpMethod_Get) {
    call.keyword("get", request.arguments);
  }
  const nb::object result = call(measured_call(filter, request.uri));
  if (!PyBool_Check(result.ptr())) {
    raise_error(PyExc_TypeError, "an HTTP filter must return True or False, not %U: the request is denied",
                shown(result).ptr());
  }
  return result.ptr() == Py_True;
}

std::int32_t on_request(OrthancPluginHttpMethod method, const char* uri, const char* ip, std::uint32_t header_count,
                        const char* const* header_keys, const char* const* header_values, std::uint32_t argument_count,
                        const char* const* argument_keys, const char* const* argument_values) noexcept {
  bool allowed = false;
  run_callback([&] {
    registered_function failing;
    const bool decided = guarded([&] {
      const http_request request{method, uri, ip, to_dict(header_count, header_keys, header_values),
                                 to_dict(argument_count, argument_keys, argument_values)};
      allowed = true;
      for (const registered_function& filter : filters.all()) {
        failing = filter;
        if (!allows(filter, request)) {
          allowed = false;
          break;
        }
      }
    });
    if (!decided) {
      allowed = false;
      report_error("the HTTP filter, asked for " + one_line(uri), failing);
    }
  });
  return allowed ? 1 : 0;
}

void register_filter(const callback_argument& callback) {
  filters.add(callback, [] {
    call(services::RegisterIncomingHttpRequestFilter,
         [] { return OrthancPluginRegisterIncomingHttpRequestFilter2(sdk(), on_request); });
  });
}

}  // namespace

void init_http_filters(nb::module_& module) {
  define<"RegisterIncomingHttpRequestFilter"_routine>(module, &register_filter);
  define<"RegisterIncomingHttpRequestFilter2"_routine>(module, &register_filter);
}

}  // namespace orthanc_python
