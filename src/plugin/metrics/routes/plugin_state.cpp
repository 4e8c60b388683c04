// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/routes/plugin_state.h"

#include <atomic>
#include <chrono>
#include <memory>

#include "embedded/python_sources.h"
#include "metrics/calls/calls_in_flight.h"
#include "metrics/helper_thread.h"
#include "sdk/errors.h"

namespace orthanc_python {

namespace {

constexpr auto state_timeout = std::chrono::seconds(1);

std::atomic<std::int64_t> unix_start{0};
std::atomic<std::int64_t> monotonic_start{0};
std::atomic<std::uint64_t> errors{0};

}  // namespace

std::optional<python_state> ask_python(bool openmetrics) {
  const auto state = std::make_shared<python_state>();
  const auto asked = std::make_shared<bool>(false);
  const bool answered = run_within(
      [state, asked, openmetrics] {
        *asked = guarded([&] {
          const nb::object values = embedded_module("observation").attr("values")(openmetrics);
          state->allocated_blocks = nb::cast<std::int64_t>(values[0]);
          state->threads = nb::cast<std::int64_t>(values[1]);
          state->workers = nb::cast<std::int64_t>(values[2]);
          state->library = nb::cast<std::string>(values[3]);
        });
        if (!*asked) {
          report_error("the reading of Python's metrics");
        }
      },
      state_timeout);
  return answered && *asked ? std::optional(*state) : std::nullopt;
}

void note_start() noexcept {
  using namespace std::chrono;
  unix_start = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
  monotonic_start = monotonic_nanoseconds();
}

void note_start_error() noexcept { ++errors; }

std::string python_version() {
  const std::string text = Py_GetVersion();
  return text.substr(0, text.find(' '));
}

start_state start_of_plugin() noexcept { return {unix_start, monotonic_nanoseconds() - monotonic_start, errors}; }

}  // namespace orthanc_python
