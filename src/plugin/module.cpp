// SPDX-License-Identifier: GPL-3.0-or-later
// The module 'orthanc' that scripts import.
#include <utility>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/registrations.h"
#include "callbacks/registry/routes.h"
#include "embedded/python_sources.h"
#include "processes/process_usage.h"
#include "processes/worker/parent_end.h"
#include "threads/background.h"
#include "threads/empty_context.h"

NB_MODULE(orthanc, module) {
  using namespace orthanc_python;
#ifdef NDEBUG
  nb::set_leak_warnings(false);
#endif
  module.doc() = "The functions and classes of the Orthanc server, for the scripts it runs.";
  init_embedded_modules();
  init_collection();
  init_errors(module);
  init_enumerations(module);
  init_handles(module);
  init_functions(module);
  init_availability(module);
  init_answers(module);
  init_command_line(module);
  init_images(module);
  init_instances(module);
  init_dicom_web(module);
  init_dictionary(module);
  init_established_names(module);
  init_http_client(module);
  init_rest_callbacks(module);
  init_chunked_rest_callbacks(module);
  init_http_filters(module);
  init_change_callbacks(module);
  init_stored_instance_callbacks(module);
  init_received_instance_callbacks(module);
  init_codecs(module);
  init_metrics(module);
  init_jobs(module);
  init_instance_filters(module);
  init_find_callbacks(module);
  init_move_callbacks(module);
  init_security(module);
  init_web_dav(module);
  init_storage_area(module);
  init_storage_commitment(module);
  define<"_call_after_callbacks"_routine>(
      module, [](const callback_argument& function) { call_after_callbacks(nb::borrow(function.object)); });
  define<"_wrap_callbacks"_routine>(module, [](const callback_argument& wrapper) { wrap_registrations(wrapper.object); });
  define<"_awaited"_routine>(module, [](nb::object result) { return awaited(std::move(result)); });
  define<"_completed"_routine>(module, [](nb::object result) {
    nb::object completed = awaited(std::move(result));
    refuse_generator(completed);
    return completed;
  });
  define<"_begin_event_loop"_routine>(module, [] { rest_callback_scope::begin_event_loop(); });
  define<"_end_with_parent"_routine>(module, [] {
    end_with_parent();
    leave_uncollected_scopes();
  });
  define<"_resident_bytes"_routine>(module, [] { return usage_of_process().resident_bytes; });
  share_with_embedded_modules(module);
}
