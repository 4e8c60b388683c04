// SPDX-License-Identifier: GPL-3.0-or-later
#include "processes/stack_dump.h"

namespace orthanc_python {

void use_stack_dump(int, int) noexcept {}

std::string dump_stacks() { return {}; }

}  // namespace orthanc_python
