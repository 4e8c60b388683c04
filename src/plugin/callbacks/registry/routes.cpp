// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/registry/routes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "callbacks/registry/conflicts.h"
#include "embedded/python_sources.h"

namespace orthanc_python {

namespace {

// How many REST callbacks are running within each other on this thread.
thread_local int running = 0;
thread_local bool innermost_has_details = false;

}  // namespace

rest_callback_scope::rest_callback_scope() noexcept : outer_has_details_(std::exchange(innermost_has_details, false)) {
  ++running;
}

rest_callback_scope::~rest_callback_scope() {
  --running;
  innermost_has_details = outer_has_details_;
}

void rest_callback_scope::note_details() noexcept { innermost_has_details = running > 0; }

bool rest_callback_scope::has_details() const noexcept { return innermost_has_details; }

std::size_t routes::keep(const text& expression, const callback_argument& callback) {
  if (running > 0) {
    throw_runtime_error(
        "a REST callback cannot register another: Orthanc would wait for the end of this one. Register it when the "
        "script is imported, or in a callback of another kind, such as that of changes");
  }
  claim_route(expression, callback.object);
  const nb::ft_lock_guard lock(mutex_);
  if (callbacks_.size() >= functions_ - 1) {
    shared_patterns_.add(library_module("re").attr("compile")(nb::borrow(expression.object)).ptr());
  }
  return std::min(callbacks_.add(callback.object), functions_ - 1);
}

std::size_t routes::find(std::size_t function, const char* url) const {
  if (function < functions_ - 1) {
    return function;
  }
  const nb::object text = to_text(url);
  for (std::size_t i = 0; i < shared_patterns_.size(); ++i) {
    if (!shared_patterns_.at(i).function.attr("fullmatch")(text).is_none()) {
      return function + i;
    }
  }
  throw_runtime_error(std::string("no route matches ") + url + " in Python's syntax of regular expressions");
}

}  // namespace orthanc_python
