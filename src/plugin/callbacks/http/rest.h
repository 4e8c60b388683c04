// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "callbacks/http/http_request.h"
#include "callbacks/registry/routes.h"

namespace orthanc_python {

// The call of a REST callback, but for what follows the headers.
keyword_call rest_call(PyObject* output, const char* url, const OrthancPluginHttpRequest& request);

// Sends what the callback returned, if it is a generator: what it yields is the answer.
void send_result(const nb::object& result, PyObject* output);

// Return whether a callback must have answered when it returns. A stop may have cancelled it.
bool is_answer_expected() noexcept;

// Has Python answer a request that is received as a whole.
OrthancPluginErrorCode answer_request(const routes& known, std::size_t function, OrthancPluginRestOutput* output,
                                      const char* url, const OrthancPluginHttpRequest* request) noexcept;

}  // namespace orthanc_python
