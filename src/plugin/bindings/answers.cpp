// SPDX-License-Identifier: GPL-3.0-or-later
// Answers to REST requests whose arguments in Python are more than the rules give.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/http/error_details.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

using output_handle = handle<OrthancPluginRestOutput>;

// Some scripts give the size of the body too, as the C function has it.
void send_http_status(output_handle& self, number<std::uint16_t> status, buffer body, nb::object body_size) {
  const std::uint16_t c_status = status.value();
  const buffer_view view(body);
  const auto available = view.size<std::uint32_t>();
  std::uint32_t size = available;
  if (!body_size.is_none()) {
    size = number<std::uint32_t>{body_size.ptr()}.value();
    if (size > available) {
      raise_error(PyExc_ValueError, "bodySize is %u, but the body has %u bytes", size, available);
    }
  }
  const handle_use<OrthancPluginRestOutput> output(self);
  self.note_answer();
  call(services::RestOutput_SendHttpStatus,
       [&] { OrthancPluginSendHttpStatus(sdk(), output.get(), c_status, static_cast<const char*>(view.data()), size); });
}

// A text that is also logged must not look like other lines of the log.
void set_http_error_details(output_handle& self, text details, number<std::uint8_t> log) {
  const char* c_details = details.c_str();
  const std::uint8_t c_log = log.value();
  const std::string line = c_log != 0 ? one_line(c_details) : std::string();
  const handle_use<OrthancPluginRestOutput> output(self);
  call(services::RestOutput_SetHttpErrorDetails,
       [&] { OrthancPluginSetHttpErrorDetails(sdk(), output.get(), c_log != 0 ? line.c_str() : c_details, c_log); });
  note_error_details(output.get());
}

}  // namespace

void init_answers(nb::module_& module) {
  define<"RestOutput.SendHttpStatus"_routine>(module, &send_http_status);
  define<"RestOutput.SetHttpErrorDetails"_routine>(module, &set_http_error_details);
}

}  // namespace orthanc_python
