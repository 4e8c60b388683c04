// SPDX-License-Identifier: GPL-3.0-or-later
// The functions of a callback that can be registered only once, because they answer a question to which there is one answer.
#pragma once

#include <initializer_list>

#include "callbacks/registry/registrations.h"

namespace orthanc_python {

class single_registration {
public:
  // `what` is registered, such as "a storage area". `kinds` are those of its functions in the metrics, in their order.
  single_registration(const char* what, std::initializer_list<const char*> kinds) : what_(what), kinds_(kinds) {}

  // Keep the functions while `tell_orthanc` registers the C callbacks, and if that succeeds. Raise RuntimeError when there is a
  // registration already; its text has the place of that one.
  template <class F> void set(std::initializer_list<callback_argument> functions, F&& tell_orthanc) {
    claim(functions);
    try {
      tell_orthanc();
    } catch (...) {
      functions_.clear();
      throw;
    }
  }

  // One of the functions, by its place.
  registered_function at(std::size_t index) const { return functions_.at(index); }

private:
  void claim(std::initializer_list<callback_argument> functions);

  const char* what_;
  const std::vector<const char*> kinds_;
  registrations functions_;
  nb::ft_mutex mutex_;  // of the claims: without a GIL two threads may register at once
};

}  // namespace orthanc_python
