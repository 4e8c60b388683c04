// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/registry/routes.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "callbacks/registry/conflicts.h"
#include "embedded/python_sources.h"

namespace orthanc_python {

namespace {

// How many REST callbacks are running within each other on this thread.
thread_local int running = 0;

constexpr std::string_view plain_groups[] = {"(.*)", "(.+)", "([^/]*)", "([^/]+)", "([0-9]+)"};
constexpr std::string_view literals = "/_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

// Return the common prefix of all URLs that match a plain expression.
std::string_view prefix_of(std::string_view plain) noexcept { return plain.substr(0, plain.find_first_not_of(literals)); }

// Return whether Python accepts the expression for sure: literals, and groups as most routes have them.
bool is_plain(std::string_view expression) noexcept {
  while (!expression.empty()) {
    expression.remove_prefix(std::min(expression.find_first_not_of(literals), expression.size()));
    if (expression.empty()) {
      return true;
    }
    const auto* group = std::find_if(std::begin(plain_groups), std::end(plain_groups),
                                     [&](std::string_view each) { return expression.starts_with(each); });
    if (group == std::end(plain_groups)) {
      return false;
    }
    expression.remove_prefix(group->size());
  }
  return true;
}

nb::object compile(nb::handle expression) { return library_module("re").attr("compile")(expression); }

// Return whether the whole URL matches what keep() has kept: a compiled expression or a plain one. A plain one is compiled when
// its prefix fits a URL for the first time.
bool matches(const nb::object& kept, const nb::object& url, std::string_view characters) {
  if (PyUnicode_Check(kept.ptr()) == 0) {
    return !kept.attr("fullmatch")(url).is_none();
  }
  if (!characters.starts_with(prefix_of(text{kept.ptr()}.c_str()))) {
    return false;
  }
  static nb::ft_mutex mutex;
  static auto& compiled = *new nb::dict;
  nb::object pattern;
  {
    const nb::ft_lock_guard lock(mutex);
    if (compiled.contains(kept)) {
      pattern = compiled[kept];
    }
  }
  if (!pattern.is_valid()) {
    pattern = compile(kept);
    const nb::ft_lock_guard lock(mutex);
    compiled[kept] = pattern;
  }
  return !pattern.attr("fullmatch")(url).is_none();
}

}  // namespace

rest_callback_scope::rest_callback_scope() noexcept { ++running; }

rest_callback_scope::~rest_callback_scope() { --running; }

void rest_callback_scope::begin_event_loop() noexcept { ++running; }

std::size_t routes::keep(const text& expression, const callback_argument& callback) {
  if (running > 0) {
    throw_runtime_error(
        "a REST callback cannot register another, nor can an `async def` callback: Orthanc would wait for the end of this one. "
        "Register it when the script is imported, or in a callback of another kind, such as that of changes");
  }
  claim_route(expression, callback.object);
  const nb::ft_lock_guard lock(mutex_);
  if (callbacks_.size() >= functions_ - 1) {
    const nb::object kept = is_plain(expression.c_str()) ? nb::borrow(expression.object) : compile(expression.object);
    shared_patterns_.add(kept.ptr());
  }
  return std::min(callbacks_.add(callback.object), functions_ - 1);
}

std::size_t routes::find(std::size_t function, const char* url) const {
  if (function < functions_ - 1) {
    return function;
  }
  const nb::object whole = to_text(url);
  for (std::size_t i = 0; i < shared_patterns_.size(); ++i) {
    if (matches(shared_patterns_.at(i).function, whole, url)) {
      return function + i;
    }
  }
  throw_runtime_error(std::string("no route matches ") + url + " in Python's syntax of regular expressions");
}

}  // namespace orthanc_python
