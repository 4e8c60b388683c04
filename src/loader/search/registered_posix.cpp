// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/candidates.h"

namespace orthanc_python_loader {

std::vector<candidate> registered_interpreters() { return {}; }

}  // namespace orthanc_python_loader
