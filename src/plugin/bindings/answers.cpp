// SPDX-License-Identifier: GPL-3.0-or-later
// Answers to REST requests whose arguments in Python are more than the rules give.
#include "bindings/domains.h"
#include "bindings/runtime.h"

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
      PyErr_Format(PyExc_ValueError, "bodySize is %u, but the body has %u bytes", size, available);
      throw nb::python_error();
    }
  }
  const handle_use<OrthancPluginRestOutput> output(self);
  call({"RestOutput.SendHttpStatus", ""}, [&] {
    OrthancPluginSendHttpStatus(sdk(), output.get(), c_status, static_cast<const char*>(view.data()), size);
  });
}

}  // namespace

void init_answers(nb::module_& module) {
  auto output = nb::borrow<nb::class_<output_handle>>(module.attr("RestOutput"));
  output.def("SendHttpStatus", &send_http_status, nb::arg("status"), nb::arg("body").none(), nb::arg("bodySize") = nb::none(),
             "Answers with an HTTP status and a body.");
}

}  // namespace orthanc_python
