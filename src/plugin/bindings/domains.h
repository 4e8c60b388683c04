// SPDX-License-Identifier: GPL-3.0-or-later
// One function for each file of hand-written bindings: adds its part to the module.
#pragma once

#include "conversion/nanobind.h"

namespace orthanc_python {

void init_availability(nb::module_& module);
void init_answers(nb::module_& module);
void init_command_line(nb::module_& module);
void init_images(nb::module_& module);
void init_instances(nb::module_& module);
void init_dicom_web(nb::module_& module);
void init_dictionary(nb::module_& module);
void init_established_names(nb::module_& module);
void init_http_client(nb::module_& module);

void init_rest_callbacks(nb::module_& module);
void init_chunked_rest_callbacks(nb::module_& module);
void init_http_filters(nb::module_& module);
void init_change_callbacks(nb::module_& module);
void init_stored_instance_callbacks(nb::module_& module);
void init_received_instance_callbacks(nb::module_& module);
void init_codecs(nb::module_& module);
void init_metrics(nb::module_& module);
void init_jobs(nb::module_& module);
void init_instance_filters(nb::module_& module);
void init_find_callbacks(nb::module_& module);
void init_move_callbacks(nb::module_& module);
void init_security(nb::module_& module);
void init_web_dav(nb::module_& module);
void init_storage_area(nb::module_& module);
void init_storage_commitment(nb::module_& module);

}  // namespace orthanc_python
