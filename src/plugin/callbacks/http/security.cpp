// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterHttpAuthentication and RegisterAuditLogHandler (SDK 1.12.9): Python says who sends an HTTP request, and keeps the
// audit log.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/http/http_request.h"
#include "callbacks/registry/single_registration.h"
#include "sdk_services.h"

namespace orthanc_python {

#if ORTHANC_SDK_HAS_RegisterHttpAuthentication

namespace {

single_registration authentication("an HTTP authentication callback", {"http_authentication"});
registrations audit_logs("audit_log");

// The result is a status, or (status, payload) if it is GRANTED, or (status, path) if it is REDIRECT. Throws nb::python_error.
OrthancPluginHttpAuthenticationStatus take_answer(const nb::object& result, OrthancPluginMemoryBuffer* payload,
                                                  OrthancPluginMemoryBuffer* redirection) {
  nb::object status = result;
  nb::object detail;
  if (PyTuple_Check(result.ptr()) && PyTuple_GET_SIZE(result.ptr()) == 2) {
    status = nb::borrow(PyTuple_GET_ITEM(result.ptr(), 0));
    detail = nb::borrow(PyTuple_GET_ITEM(result.ptr(), 1));
  }
  const bool valid =
      PyLong_Check(status.ptr()) && !PyBool_Check(status.ptr()) && (!detail.is_valid() || buffer::accepts(detail.ptr()));
  if (!valid) {
    raise_error(PyExc_TypeError, "the authentication must return an HttpAuthenticationStatus, or it and a text, not %U",
                shown(result).ptr());
  }
  const auto value = enumeration<OrthancPluginHttpAuthenticationStatus>{status.ptr()}.value();
  if (value == OrthancPluginHttpAuthenticationStatus_Redirect && !detail.is_valid()) {
    raise_error(PyExc_TypeError, "REDIRECT needs a path: (HttpAuthenticationStatus.REDIRECT, path)");
  }
  if (detail.is_valid() && value == OrthancPluginHttpAuthenticationStatus_Granted) {
    hand_over(payload, buffer_view(buffer{detail.ptr()}));
  } else if (value == OrthancPluginHttpAuthenticationStatus_Redirect) {
    const buffer_view path(buffer{detail.ptr()});
    check_line("path", {static_cast<const char*>(path.data()), path.bytes()});
    hand_over(redirection, path);
  }
  return value;
}

OrthancPluginErrorCode on_authentication(OrthancPluginHttpAuthenticationStatus* status, OrthancPluginMemoryBuffer* payload,
                                         OrthancPluginMemoryBuffer* redirection, const char* uri, const char* ip,
                                         std::uint32_t header_count, const char* const* header_keys,
                                         const char* const* header_values, std::uint32_t get_count, const char* const* get_keys,
                                         const char* const* get_values) noexcept {
  *status = OrthancPluginHttpAuthenticationStatus_Forbidden;  // until Python has said otherwise
  run_callback([&] {
    const registered_function callback = authentication.at(0);
    const bool answered = guarded([&] {
      keyword_call call;
      call.positional(to_text(uri));
      call.keyword("ip", to_text(ip));
      call.keyword("headers", to_dict(header_count, header_keys, header_values));
      call.keyword("get", to_dict(get_count, get_keys, get_values));
      *status = take_answer(call(measured_call(callback, uri)), payload, redirection);
    });
    if (!answered) {
      report_error("the HTTP authentication, asked for " + one_line(uri), callback);
    }
  });
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode on_audit_log(const char* source, const char* user, OrthancPluginResourceType level, const char* resource,
                                    const char* action, const void* data, std::uint32_t size) noexcept {
  run_callback([&] {
    for (const registered_function& handler : audit_logs.all()) {
      const bool kept = guarded([&] {
        run_python(measured_call(handler, resource), to_text(source).ptr(), to_text(user).ptr(), member(level).ptr(),
                   to_text(resource).ptr(), to_text(action).ptr(), to_bytes(data, size).ptr());
      });
      if (!kept) {
        report_error("the audit log handler", handler);
      }
    }
  });
  return OrthancPluginErrorCode_Success;
}

void register_authentication(const callback_argument& callback) {
  authentication.set({callback}, [] {
    call(services::RegisterHttpAuthentication,
         [] { return OrthancPluginRegisterHttpAuthentication(sdk(), on_authentication); });
  });
}

void register_audit_log(const callback_argument& handler) {
  audit_logs.add(handler, [] {
    call(services::RegisterAuditLogHandler, [] { return OrthancPluginRegisterAuditLogHandler(sdk(), on_audit_log); });
  });
}

}  // namespace

void init_security(nb::module_& module) {
  define<"RegisterHttpAuthentication"_routine>(module, &register_authentication);
  define<"RegisterAuditLogHandler"_routine>(module, &register_audit_log);
}

#else

void init_security(nb::module_&) {}

#endif

}  // namespace orthanc_python
