/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the scripts of this folder do, without Python: no plugin can be faster than this one. */
#include <orthanc/OrthancCPlugin.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { repeats = 5 };

static OrthancPluginContext* orthanc;
static void* large_answer;
static atomic_long changes;

static OrthancPluginErrorCode answer_number(OrthancPluginRestOutput* output, double number) {
  char text[32];
  OrthancPluginAnswerBuffer(orthanc, output, text, (uint32_t)snprintf(text, sizeof(text), "%f", number), "text/plain");
  return OrthancPluginErrorCode_Success;
}

static OrthancPluginErrorCode hello(OrthancPluginRestOutput* output, const char* url, const OrthancPluginHttpRequest* request) {
  (void)url;
  (void)request;
  OrthancPluginAnswerBuffer(orthanc, output, "ok\n", 3, "text/plain");
  return OrthancPluginErrorCode_Success;
}

/* The calls of scripts/sdk_calls.py. */
static void nothing(const OrthancPluginDicomInstance* instance) { (void)instance; }

static void get_tag_name(const OrthancPluginDicomInstance* instance) {
  (void)instance;
  OrthancPluginFreeString(orthanc, OrthancPluginGetTagName(orthanc, 0x0010, 0x0010, ""));
}

static void compute_md5(const OrthancPluginDicomInstance* instance) {
  (void)instance;
  OrthancPluginFreeString(orthanc, OrthancPluginComputeMd5(orthanc, "0123456789abcdef", 16));
}

static void get_instance_size(const OrthancPluginDicomInstance* instance) { OrthancPluginGetInstanceSize(orthanc, instance); }

static void rest_api_get(const OrthancPluginDicomInstance* instance) {
  (void)instance;
  OrthancPluginMemoryBuffer answer;
  if (OrthancPluginRestApiGet(orthanc, &answer, "/tools/now") == OrthancPluginErrorCode_Success) {
    OrthancPluginFreeMemoryBuffer(orthanc, &answer);
  }
}

typedef void (*sdk_call)(const OrthancPluginDicomInstance* instance);

static sdk_call find_call(const char* name) {
  return strcmp(name, "GetTagName") == 0        ? get_tag_name
         : strcmp(name, "ComputeMd5") == 0      ? compute_md5
         : strcmp(name, "GetInstanceSize") == 0 ? get_instance_size
         : strcmp(name, "RestApiGet") == 0      ? rest_api_get
                                                : nothing; /* ChangeType: a constant */
}

static double seconds_of(sdk_call call, long count, const OrthancPluginDicomInstance* instance) {
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (long i = 0; i < count; ++i) {
    call(instance);
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

static double fastest(sdk_call call, long count, const OrthancPluginDicomInstance* instance) {
  double least = seconds_of(call, count, instance);
  for (int i = 1; i < repeats; ++i) {
    const double seconds = seconds_of(call, count, instance);
    least = seconds < least ? seconds : least;
  }
  return least / (double)count * 1e9;
}

static OrthancPluginErrorCode sdk_calls(OrthancPluginRestOutput* output, const char* url,
                                        const OrthancPluginHttpRequest* request) {
  (void)url;
  const char* tags = "{\"PatientID\": \"bench\", \"SOPClassUID\": \"1.2.840.10008.5.1.4.1.1.7\"}";
  OrthancPluginMemoryBuffer dicom;
  const OrthancPluginErrorCode code =
      OrthancPluginCreateDicom(orthanc, &dicom, tags, NULL, OrthancPluginCreateDicomFlags_GenerateIdentifiers);
  if (code != OrthancPluginErrorCode_Success) {
    return code;
  }
  OrthancPluginDicomInstance* instance = OrthancPluginCreateDicomInstance(orthanc, dicom.data, dicom.size);
  OrthancPluginFreeMemoryBuffer(orthanc, &dicom);
  const long count = atol(request->getValues[0]);
  const double time = fastest(find_call(request->groups[0]), count, instance) - fastest(nothing, count, instance);
  OrthancPluginFreeDicomInstance(orthanc, instance);
  return answer_number(output, time);
}

/* As /call of scripts/processor_bound.py. */
static OrthancPluginErrorCode call_often(OrthancPluginRestOutput* output, const char* url,
                                         const OrthancPluginHttpRequest* request) {
  for (int i = 0; i < 2000; ++i) {
    get_tag_name(NULL);
  }
  return hello(output, url, request);
}

static OrthancPluginErrorCode sink(OrthancPluginRestOutput* output, const char* url, const OrthancPluginHttpRequest* request) {
  (void)url;
  return answer_number(output, request->bodySize);
}

static OrthancPluginErrorCode source(OrthancPluginRestOutput* output, const char* url,
                                     const OrthancPluginHttpRequest* request) {
  (void)url;
  const uint32_t size = (uint32_t)atol(request->getValues[0]); /* the same in all requests, of which the first is alone */
  if (large_answer == NULL && (large_answer = malloc(size)) != NULL) {
    memset(large_answer, 'x', size);
  }
  OrthancPluginAnswerBuffer(orthanc, output, large_answer, size, "application/octet-stream");
  return OrthancPluginErrorCode_Success;
}

static OrthancPluginErrorCode count_change(OrthancPluginChangeType type, OrthancPluginResourceType level,
                                           const char* resource) {
  (void)type;
  (void)level;
  (void)resource;
  atomic_fetch_add(&changes, 1);
  return OrthancPluginErrorCode_Success;
}

static OrthancPluginErrorCode changes_so_far(OrthancPluginRestOutput* output, const char* url,
                                             const OrthancPluginHttpRequest* request) {
  (void)url;
  (void)request;
  return answer_number(output, (double)atomic_load(&changes));
}

ORTHANC_PLUGINS_API int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
  orthanc = context;
  OrthancPluginRegisterRestCallbackNoLock(orthanc, "/bench", hello);
  OrthancPluginRegisterRestCallbackNoLock(orthanc, "/sdk-calls/(.*)", sdk_calls);
  OrthancPluginRegisterRestCallbackNoLock(orthanc, "/call", call_often);
  OrthancPluginRegisterRestCallbackNoLock(orthanc, "/sink", sink);
  OrthancPluginRegisterRestCallbackNoLock(orthanc, "/source", source);
  OrthancPluginRegisterRestCallbackNoLock(orthanc, "/changes", changes_so_far);
  OrthancPluginRegisterOnChangeCallback(orthanc, count_change);
  return 0;
}

ORTHANC_PLUGINS_API void OrthancPluginFinalize(void) {}

ORTHANC_PLUGINS_API const char* OrthancPluginGetName(void) { return "plain"; }

ORTHANC_PLUGINS_API const char* OrthancPluginGetVersion(void) { return "1.0"; }
