// SPDX-License-Identifier: GPL-3.0-or-later
// The jobs that scripts have made, as Orthanc's jobs engine sees them.
#pragma once

#include <string>

namespace orthanc_python {

// To be called when a script makes a job of this type, also after a restart of Orthanc.
void note_job_type(const std::string& type);

// Their state, as a JSON array, without the content that the script gives them: it may come from a patient.
std::string script_jobs_json();

}  // namespace orthanc_python
