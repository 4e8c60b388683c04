// SPDX-License-Identifier: GPL-3.0-or-later
#include "bindings/runtime/results.h"

#include <cstring>
#include <memory>

#include "sdk_services.h"

namespace orthanc_python {

namespace {

template <class Buffer> void copy_to(const Buffer* target, const buffer_view& content) {
  if (content.bytes() > 0) {
    std::memcpy(target->data, content.data(), content.bytes());
  }
}

}  // namespace

void hand_over(OrthancPluginMemoryBuffer* target, const buffer_view& content) {
  const auto size = content.size<std::uint32_t>();
  call(services::CreateMemoryBuffer, [&] { return OrthancPluginCreateMemoryBuffer(sdk(), target, size); });
  copy_to(target, content);
}

void hand_over(OrthancPluginMemoryBuffer64* target, const buffer_view& content) {
  call(services::CreateMemoryBuffer64, [&] { return OrthancPluginCreateMemoryBuffer64(sdk(), target, content.bytes()); });
  copy_to(target, content);
}

nb::object owned_text(const service& called, char* value) {
  if (value == nullptr) {
    const OrthancPluginErrorCode code = service_error();
    set_orthanc_exception(called, code == OrthancPluginErrorCode_Success ? OrthancPluginErrorCode_InternalError : code);
    return {};
  }
  const auto free_string = [](char* text) { OrthancPluginFreeString(sdk(), text); };
  const std::unique_ptr<char, decltype(free_string)> guard(value, free_string);
  return to_text(value);
}

nb::object borrowed_text(const char* value) { return value == nullptr ? nb::none() : to_text(value); }

}  // namespace orthanc_python
