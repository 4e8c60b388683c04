// SPDX-License-Identifier: GPL-3.0-or-later
#include "system/error_text.h"

namespace orthanc_python {

std::string error_text(const std::error_code& error) { return error.message(); }

}  // namespace orthanc_python
