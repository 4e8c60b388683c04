// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/http/error_details.h"

#include <atomic>
#include <cstddef>
#include <mutex>
#include <unordered_set>

#include "processes/worker/worker_process.h"

namespace orthanc_python {

namespace {

std::mutex mutex;
auto& noted = *new std::unordered_set<const OrthancPluginRestOutput*>;  // never destroyed: callbacks may run until the end
std::atomic<std::size_t> count{0};                                      // of `noted`, read without the mutex by each request

}  // namespace

void note_error_details(const OrthancPluginRestOutput* output) {
  const std::lock_guard lock(mutex);
  noted.insert(output);
  count = noted.size();
}

bool take_error_details(const OrthancPluginRestOutput* output) noexcept {
  if (count == 0 || in_worker_process()) {  // a fork may have taken the mutex along
    return false;
  }
  const std::lock_guard lock(mutex);
  const bool found = noted.erase(output) != 0;
  count = noted.size();
  return found;
}

}  // namespace orthanc_python
