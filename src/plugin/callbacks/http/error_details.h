// SPDX-License-Identifier: GPL-3.0-or-later
// Which answers have error details by SetHttpErrorDetails: an error of the callback leaves those as they are. They are known by
// their output, not by their thread, because an `async def` callback sets them on the event loop's thread.
#pragma once

#include "sdk/sdk.h"

namespace orthanc_python {

void note_error_details(const OrthancPluginRestOutput* output);

// Return whether the script has set them, and forget it: once, at the end of each request.
bool take_error_details(const OrthancPluginRestOutput* output) noexcept;

}  // namespace orthanc_python
