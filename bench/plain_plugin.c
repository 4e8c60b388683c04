/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same REST callback without Python: no plugin can be faster than this one. */
#include <orthanc/OrthancCPlugin.h>

static OrthancPluginContext* orthanc;

static OrthancPluginErrorCode hello(OrthancPluginRestOutput* output, const char* url, const OrthancPluginHttpRequest* request) {
  (void)url;
  (void)request;
  OrthancPluginAnswerBuffer(orthanc, output, "ok\n", 3, "text/plain");
  return OrthancPluginErrorCode_Success;
}

ORTHANC_PLUGINS_API int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
  orthanc = context;
  OrthancPluginRegisterRestCallbackNoLock(orthanc, "/bench", hello);
  return 0;
}

ORTHANC_PLUGINS_API void OrthancPluginFinalize(void) {}

ORTHANC_PLUGINS_API const char* OrthancPluginGetName(void) { return "plain"; }

ORTHANC_PLUGINS_API const char* OrthancPluginGetVersion(void) { return "1.0"; }
