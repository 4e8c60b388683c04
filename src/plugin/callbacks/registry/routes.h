// SPDX-License-Identifier: GPL-3.0-or-later
// Which Python function answers a URL. Orthanc matches the URL with the routes' regular expressions, but calls back without
// saying which one it was. So each route has a C function of its own, made by the compiler, rather than a second match with
// another library's idea of the syntax. Further routes share the last one. It matches again, by Python's `re`.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "callbacks/registry/registrations.h"

namespace orthanc_python {

// That this thread is in a REST callback: Orthanc would wait for its end if it registered a route.
class rest_callback_scope {
public:
  rest_callback_scope() noexcept;
  ~rest_callback_scope();
  rest_callback_scope(const rest_callback_scope&) = delete;
  rest_callback_scope& operator=(const rest_callback_scope&) = delete;

  // That this thread, the event loop's, is always in one: many may wait for it.
  static void begin_event_loop() noexcept;
};

class routes {
public:
  // `kind` is that of the callbacks in the metrics. `functions` is the number of C functions.
  routes(const char* kind, std::size_t functions) : functions_(functions), callbacks_(kind) {}

  // Keeps a route: the index of its C function. To be called before the route is registered in Orthanc, because that may call
  // back at once. Raises RuntimeError in a REST callback.
  std::size_t keep(const text& expression, const callback_argument& callback);

  // Return the route of a URL that Orthanc has given to one of the C functions. Throw nb::python_error.
  std::size_t find(std::size_t function, const char* url) const;

  // A route's Python function.
  registered_function at(std::size_t route) const { return callbacks_.at(route); }

private:
  const std::size_t functions_;
  registrations callbacks_;
  registrations shared_patterns_;  // of the routes from functions_ - 1 on
  nb::ft_mutex mutex_;             // a route beyond and its pattern have the same place
};

// make(index) for each of Count C functions, where the index is a constant to the compiler. Their type is given, because to
// deduce it from so many values is beyond Clang's limits.
template <std::size_t Count, class F> constexpr auto route_functions(F make) {
  return [&]<std::size_t... Indexes>(std::index_sequence<Indexes...>) {
    using function = decltype(make(std::integral_constant<std::size_t, 0>()));
    return std::array<function, Count>{make(std::integral_constant<std::size_t, Indexes>())...};
  }(std::make_index_sequence<Count>());
}

}  // namespace orthanc_python
