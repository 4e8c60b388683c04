// SPDX-License-Identifier: GPL-3.0-or-later
// Shared by the generations of the storage area.
#pragma once

#include "callbacks/registry/single_registration.h"

namespace orthanc_python {

// There is one storage area, of whichever generation.
single_registration& storage_registration();

void init_custom_storage_area(nb::module_& module);

}  // namespace orthanc_python
