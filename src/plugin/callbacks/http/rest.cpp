// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterRestCallback: routes of the REST API that are answered by Python.
#include "callbacks/http/rest.h"

#include <utility>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/http/error_details.h"
#include "embedded/python_sources.h"
#include "life/plugin.h"
#include "processes/worker/worker_process.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

constexpr std::size_t own_functions = 512;

routes known_routes("rest", own_functions);

void answer_route(const registered_function& callback, OrthancPluginRestOutput* output, const char* url,
                  const OrthancPluginHttpRequest& request) {
  const loan<OrthancPluginRestOutput> lent(output);
  keyword_call call = rest_call(lent.object(), url, request);
  if (request.method == OrthancPluginHttpMethod_Post || request.method == OrthancPluginHttpMethod_Put) {
    call.keyword("body", to_bytes(request.body, request.bodySize));
  }
  nb::object result;
  {
    const measured_call measured(callback, url);
    result = call(measured);
    send_result(result, lent.object());
  }
  if (!lent.end_answered() && is_answer_expected()) {
    report_missing_answer("the REST callback of " + one_line(url), callback, result);
  }
}

constexpr auto rest_callbacks = route_functions<own_functions>([](auto index) -> OrthancPluginRestCallback {
  return [](OrthancPluginRestOutput* output, const char* url, const OrthancPluginHttpRequest* request) {
    return answer_request(known_routes, decltype(index)::value, output, url, request);
  };
});

// Add what the callback of RegisterHttpAuthentication has returned beside GRANTED, if there is any: scripts may name all
// arguments.
void add_authentication([[maybe_unused]] keyword_call& call, [[maybe_unused]] const OrthancPluginHttpRequest& request) {
#if ORTHANC_SDK_HAS_RegisterHttpAuthentication
  static const bool has_payload =
      OrthancPluginCheckVersionAdvanced(sdk(), 1, 12, 9) == 1;  // older Orthancs give a smaller structure
  if (has_payload && request.authenticationPayloadSize > 0) {
    call.keyword("authentication_payload", to_bytes(request.authenticationPayload, request.authenticationPayloadSize));
  }
#endif
}

void register_route(const text& expression, const callback_argument& callback) {
  const char* c_expression = checked_line("pathRegularExpression", expression.c_str());
  const std::size_t function = known_routes.keep(expression, callback);
  call(services::RegisterRestCallback,
       [&] { OrthancPluginRegisterRestCallbackNoLock(sdk(), c_expression, rest_callbacks[function]); });
}

}  // namespace

keyword_call rest_call(PyObject* output, const char* url, const OrthancPluginHttpRequest& request) {
  keyword_call call;
  call.positional(nb::borrow(output));
  call.positional(to_text(url));
  call.keyword("method", method_name(request.method));
  nb::object groups = nb::steal(PyTuple_New(request.groupsCount));
  for (std::uint32_t i = 0; i < request.groupsCount; ++i) {
    PyTuple_SET_ITEM(groups.ptr(), i, to_text(request.groups[i]).release().ptr());
  }
  call.keyword("groups", std::move(groups));
  if (request.method == OrthancPluginHttpMethod_Get) {
    call.keyword("get", to_dict(request.getCount, request.getKeys, request.getValues));
  }
  call.keyword("headers", to_dict(request.headersCount, request.headersKeys, request.headersValues));
  add_authentication(call, request);
  return call;
}

void send_result(const nb::object& result, PyObject* output) {
  if (is_generator(result)) {
    embedded_module("generators").attr("answer")(nb::handle(output), result);
  }
}

OrthancPluginErrorCode answer_request(const routes& known, std::size_t function, OrthancPluginRestOutput* output,
                                      const char* url, const OrthancPluginHttpRequest* request) noexcept {
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Plugin;
  run_callback([&] {
    const rest_callback_scope scope;
    registered_function callback;
    const bool answered = guarded([&] {
      callback = known.at(known.find(function, url));
      answer_route(callback, output, url, *request);
    });
    const bool has_details = take_error_details(output);
    if (answered) {
      code = OrthancPluginErrorCode_Success;
      return;
    }
    const std::string what = "the REST callback of " + one_line(url);
    if (report_gone_client(what)) {
      code = OrthancPluginErrorCode_Success;  // Orthanc has written of it
      return;
    }
    std::string details;
    code = report_error(what, callback, &details);
    if (!has_details) {
      OrthancPluginSetHttpErrorDetails(sdk(), output, details.c_str(), 0);
    }
  });
  return code;
}

bool is_answer_expected() noexcept { return !is_stopping() && !in_worker_process(); }

void init_rest_callbacks(nb::module_& module) {
  // Orthanc's own lock around the callbacks of a plugin would let one slow callback stop all others.
  define<"RegisterRestCallback"_routine>(module, &register_route);
  define<"RegisterRestCallbackNoLock"_routine>(module, &register_route);
}

}  // namespace orthanc_python
