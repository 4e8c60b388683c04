// SPDX-License-Identifier: GPL-3.0-or-later
#include "services.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "../host/services.h"
#include "checks.h"

namespace fuzz {

namespace {

constexpr std::size_t largest = 1 << 20;  // bytes of an image

OrthancPluginContext* host_context = nullptr;
OrthancPluginContext context;

struct image {
  OrthancPluginPixelFormat format;
  std::uint32_t width, height;
  std::string pixels;
};

template <class T> const T& as(const void* parameters) { return *static_cast<const T*>(parameters); }

std::string bytes(const void* data, std::size_t size) {
  return size == 0 ? "" : std::string(static_cast<const char*>(data), size);
}

std::string joined(std::uint32_t count, const char* const* keys, const char* const* values) {
  std::string result;
  for (std::uint32_t i = 0; i < count; ++i) {
    result += std::string(keys[i]) + "=" + values[i] + "\n";
  }
  return result;
}

std::string text(const char* value) { return value == nullptr ? "" : value; }

OrthancPluginErrorCode give(OrthancPluginMemoryBuffer* target, const std::string& content) {
  target->size = static_cast<std::uint32_t>(content.size());
  target->data = content.empty() ? nullptr : std::memcpy(std::malloc(content.size()), content.data(), content.size());
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode give(char** target, const std::string& content) {
  *target = static_cast<char*>(std::memcpy(std::malloc(content.size() + 1), content.c_str(), content.size() + 1));
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode give_image(OrthancPluginImage** target, const image& content) {
  *target = reinterpret_cast<OrthancPluginImage*>(new image(content));
  return OrthancPluginErrorCode_Success;
}

const image& image_of(const OrthancPluginImage* handle) { return *reinterpret_cast<const image*>(handle); }

OrthancPluginErrorCode create_image(const _OrthancPluginCreateImage& call, bool with_pixels) {
  const std::uint64_t size = std::uint64_t{call.height} * (with_pixels ? call.pitch : call.width);
  if (size > largest) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
  return give_image(call.target,
                    {call.format, call.width, call.height, with_pixels ? bytes(call.buffer, size) : std::string(size, '\0')});
}

void set_node(OrthancPluginDicomWebNode* node, OrthancPluginDicomWebBinaryMode, const char* uri) {
  *reinterpret_cast<std::string*>(node) += text(uri);
}

// A document with two binary elements, one of them in a sequence.
OrthancPluginErrorCode encode(const _OrthancPluginEncodeDicomWeb2& call) {
  std::string uris = bytes(call.dicom, call.dicomSize);
  auto* node = reinterpret_cast<OrthancPluginDicomWebNode*>(&uris);
  const std::uint16_t groups[] = {0x0008}, elements[] = {0x1140};
  const std::uint32_t indexes[] = {0};
  call.callback(node, set_node, 0, nullptr, nullptr, nullptr, 0x7fe0, 0x0010, OrthancPluginValueRepresentation_OB,
                call.payload);
  call.callback(node, set_node, 1, groups, elements, indexes, 0x0009, 0x1001, OrthancPluginValueRepresentation_UN,
                call.payload);
  return give(call.target, uris);
}

// Runs the job to its end, a few steps at most, as Orthanc would on a thread of its own.
OrthancPluginErrorCode run_job(const _OrthancPluginSubmitJob& call) {
  const std::unique_ptr<_OrthancPluginCreateJob> job(reinterpret_cast<_OrthancPluginCreateJob*>(call.job));
  for (int i = 0; i < 3 && job->step(job->job) == OrthancPluginJobStepStatus_Continue; ++i) {
    text(job->getContent(job->job));
    text(job->getSerialized(job->job));
    if (const float progress = job->getProgress(job->job); !(progress >= 0 && progress <= 1)) {
      std::abort();
    }
  }
  job->stop(job->job, OrthancPluginJobStopReason_Canceled);
  job->reset(job->job);
  job->finalize(job->job);
  return give(call.resultId, "job");
}

OrthancPluginErrorCode serve(OrthancPluginContext*, _OrthancPluginService service, const void* parameters) {
  check_texts(service, parameters);
  switch (service) {
    case _OrthancPluginService_RestApiPost:
    case _OrthancPluginService_RestApiPostAfterPlugins:
    case _OrthancPluginService_RestApiPut:
    case _OrthancPluginService_RestApiPutAfterPlugins: {
      const auto& call = as<_OrthancPluginRestApiPostPut>(parameters);
      return give(call.target, call.uri + bytes(call.body, call.bodySize));
    }
    case _OrthancPluginService_RestApiGet2: {
      const auto& call = as<_OrthancPluginRestApiGet2>(parameters);
      return give(call.target, call.uri + joined(call.headersCount, call.headersKeys, call.headersValues));
    }
    case _OrthancPluginService_CallHttpClient2: {
      const auto& call = as<_OrthancPluginCallHttpClient2>(parameters);
      const std::string body = text(call.url) + text(call.username) + text(call.password) + bytes(call.body, call.bodySize);
      *call.httpStatus = 200;
      give(call.answerHeaders,
           "{\"count\": \"" + std::to_string(joined(call.headersCount, call.headersKeys, call.headersValues).size()) + "\"}");
      return give(call.answerBody, body);
    }
    case _OrthancPluginService_CompressImage: {
      const auto& call = as<_OrthancPluginCompressImage>(parameters);
      return give(call.target, bytes(call.buffer, std::size_t{call.height} * call.pitch));
    }
    case _OrthancPluginService_ComputeMd5: {
      const auto& call = as<_OrthancPluginComputeHash>(parameters);
      return give(call.result, bytes(call.buffer, call.size));  // any bytes at all for a text
    }
    case _OrthancPluginService_SendMultipartItem2: {
      const auto& call = as<_OrthancPluginSendMultipartItem2>(parameters);
      host::print(bytes(call.answer, call.answerSize) + joined(call.headersCount, call.headersKeys, call.headersValues));
      return OrthancPluginErrorCode_Success;
    }
    case _OrthancPluginService_LookupDictionary: {
      const auto& call = as<_OrthancPluginLookupDictionary>(parameters);
      *call.target = {0x0010, 0x0020, OrthancPluginValueRepresentation_LO, 1,
                      static_cast<std::uint32_t>(std::strlen(call.name))};
      return OrthancPluginErrorCode_Success;
    }
    case _OrthancPluginService_CreateImage: return create_image(as<_OrthancPluginCreateImage>(parameters), false);
    case _OrthancPluginService_CreateImageAccessor: return create_image(as<_OrthancPluginCreateImage>(parameters), true);
    case _OrthancPluginService_ConvertPixelFormat: {
      const auto& call = as<_OrthancPluginConvertPixelFormat>(parameters);
      return give_image(call.target, image_of(call.source));
    }
    case _OrthancPluginService_FreeImage:
      delete reinterpret_cast<image*>(as<_OrthancPluginFreeImage>(parameters).image);
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_GetImagePixelFormat:
      *as<_OrthancPluginGetImageInfo>(parameters).resultPixelFormat =
          image_of(as<_OrthancPluginGetImageInfo>(parameters).image).format;
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_GetImageWidth:
      *as<_OrthancPluginGetImageInfo>(parameters).resultUint32 =
          image_of(as<_OrthancPluginGetImageInfo>(parameters).image).width;
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_GetImageHeight:
      *as<_OrthancPluginGetImageInfo>(parameters).resultUint32 =
          image_of(as<_OrthancPluginGetImageInfo>(parameters).image).height;
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_GetImagePitch: {
      const image& asked = image_of(as<_OrthancPluginGetImageInfo>(parameters).image);
      *as<_OrthancPluginGetImageInfo>(parameters).resultUint32 =
          asked.height == 0 ? 0 : static_cast<std::uint32_t>(asked.pixels.size() / asked.height);
      return OrthancPluginErrorCode_Success;
    }
    case _OrthancPluginService_GetImageBuffer:
      *as<_OrthancPluginGetImageInfo>(parameters).resultBuffer =
          const_cast<char*>(image_of(as<_OrthancPluginGetImageInfo>(parameters).image).pixels.data());
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_EncodeDicomWebJson2:
    case _OrthancPluginService_EncodeDicomWebXml2: return encode(as<_OrthancPluginEncodeDicomWeb2>(parameters));
    case _OrthancPluginService_CreateJob:
      *as<_OrthancPluginCreateJob>(parameters).target =
          reinterpret_cast<OrthancPluginJob*>(new _OrthancPluginCreateJob(as<_OrthancPluginCreateJob>(parameters)));
      return OrthancPluginErrorCode_Success;
    case _OrthancPluginService_FreeJob: {
      const std::unique_ptr<_OrthancPluginCreateJob> job(
          reinterpret_cast<_OrthancPluginCreateJob*>(as<_OrthancPluginFreeJob>(parameters).job));
      job->finalize(job->job);
      return OrthancPluginErrorCode_Success;
    }
    case _OrthancPluginService_SubmitJob: return run_job(as<_OrthancPluginSubmitJob>(parameters));
    default: return host_context->InvokeService(host_context, service, parameters);
  }
}

}  // namespace

OrthancPluginContext* open_services(const std::string& configuration) {
  host_context = host::open_services(configuration);
  context = *host_context;
  context.InvokeService = serve;
  return &context;
}

}  // namespace fuzz
