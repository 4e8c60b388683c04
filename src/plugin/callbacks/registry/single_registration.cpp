// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/registry/single_registration.h"

#include "callbacks/registry/conflicts.h"

namespace orthanc_python {

void single_registration::claim(std::initializer_list<callback_argument> functions) {
  const nb::ft_lock_guard lock(mutex_);
  if (functions_.size() > 0) {
    throw_runtime_error(already_registered(what_, functions_.at(0), functions.begin()->object));
  }
  for (const callback_argument& function : functions) {
    functions_.add(function.object, kinds_[functions_.size()]);
  }
}

}  // namespace orthanc_python
