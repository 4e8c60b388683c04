// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/registry/single_registration.h"

#include <string>

namespace orthanc_python {

void single_registration::claim(std::initializer_list<callback_argument> functions) {
  const nb::ft_lock_guard lock(mutex_);
  if (functions_.size() > 0) {
    throw_runtime_error(std::string(what_) + " is registered already, at " +
                        nb::cast<std::string>(nb::str(functions_.at(0).place)));
  }
  for (const callback_argument& function : functions) {
    functions_.add(function.object);
  }
}

}  // namespace orthanc_python
