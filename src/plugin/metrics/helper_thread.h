// SPDX-License-Identifier: GPL-3.0-or-later
// A thread of the plugin that runs Python for those who cannot wait for the GIL without end: C code of a script may hold it.
#pragma once

#include <chrono>
#include <functional>

namespace orthanc_python {

// Run `work` with the GIL. Return false when that takes longer than `timeout`, or Python has ended. The work must not throw,
// and must own all it uses, because it may still be done later.
bool run_within(std::function<void()> work, std::chrono::milliseconds timeout) noexcept;

}  // namespace orthanc_python
