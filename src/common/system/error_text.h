// SPDX-License-Identifier: GPL-3.0-or-later
// The system's error messages as UTF-8, the encoding of Orthanc's log.
#pragma once

#include <string>
#include <system_error>

namespace orthanc_python {

// Return what the system says of an error, such as "Permission denied", in the language of the system.
std::string error_text(const std::error_code& error);

}  // namespace orthanc_python
