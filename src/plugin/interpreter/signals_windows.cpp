// SPDX-License-Identifier: GPL-3.0-or-later
// Windows has none of these signals.
#include "interpreter/signals.h"

namespace orthanc_python {

void ignore_signals_as_python() noexcept {}

void cancel_timers() noexcept {}

bool orthanc_waits_for_signals() noexcept { return true; }

}  // namespace orthanc_python
