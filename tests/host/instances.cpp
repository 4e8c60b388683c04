// SPDX-License-Identifier: GPL-3.0-or-later
#include "instances.h"

#include <cstdlib>
#include <cstring>

namespace host {

namespace {

char* copy_of(const char* text) {
  const std::size_t size = std::strlen(text) + 1;
  return static_cast<char*>(std::memcpy(std::malloc(size), text, size));
}

constexpr char data[] = "the only instance";

// The handle of all instances.
const auto instance = reinterpret_cast<OrthancPluginDicomInstance*>(const_cast<char*>(data));

OrthancPluginErrorCode look_up(const _OrthancPluginLookupDictionary& call) {
  *call.target = {};
  call.target->group = 0x0010;
  call.target->element = 0x0010;
  call.target->vr = OrthancPluginValueRepresentation_PN;
  call.target->minMultiplicity = 1;
  call.target->maxMultiplicity = 1;
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode answer_post(const _OrthancPluginRestApiPostPut& call) {
  call.target->data = copy_of("{}");
  call.target->size = 2;
  return OrthancPluginErrorCode_Success;
}

}  // namespace

std::optional<OrthancPluginErrorCode> serve_data(_OrthancPluginService service, const void* parameters) {
  switch (service) {
    case _OrthancPluginService_GetCommandLineArgumentsCount:
      *as<_OrthancPluginReturnSingleValue>(parameters).resultUint32 = 3;
      break;
    case _OrthancPluginService_GetTagName: *as<_OrthancPluginGetTagName>(parameters).result = copy_of("PatientName"); break;
    case _OrthancPluginService_ComputeMd5: *as<_OrthancPluginComputeHash>(parameters).result = copy_of("4032af8d"); break;
    case _OrthancPluginService_LookupDictionary: return look_up(as<_OrthancPluginLookupDictionary>(parameters));
    case _OrthancPluginService_SetHttpHeader: break;
    case _OrthancPluginService_RestApiPost: return answer_post(as<_OrthancPluginRestApiPostPut>(parameters));
    case _OrthancPluginService_CreateDicomInstance: *as<_OrthancPluginCreateDicomInstance>(parameters).target = instance; break;
    case _OrthancPluginService_FreeDicomInstance: break;
    case _OrthancPluginService_GetInstanceSize:
      *as<_OrthancPluginAccessDicomInstance>(parameters).resultInt64 = sizeof(data);
      break;
    case _OrthancPluginService_GetInstanceData:
    case _OrthancPluginService_GetInstanceRemoteAet:
      *as<_OrthancPluginAccessDicomInstance>(parameters).resultString = data;
      break;
    case _OrthancPluginService_GetInstanceSimplifiedJson:
      *as<_OrthancPluginAccessDicomInstance>(parameters).resultStringToFree = copy_of("{}");
      break;
    default: return std::nullopt;
  }
  return OrthancPluginErrorCode_Success;
}

}  // namespace host
