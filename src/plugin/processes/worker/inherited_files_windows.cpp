// SPDX-License-Identifier: GPL-3.0-or-later
// Windows has no fork.
#include "processes/worker/inherited_files.h"

namespace orthanc_python {

void remember_inherited_files(orthancs_files) {}

void close_inherited_files() noexcept {}

}  // namespace orthanc_python
