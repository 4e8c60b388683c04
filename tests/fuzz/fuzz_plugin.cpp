// SPDX-License-Identifier: GPL-3.0-or-later
// Any requests for the plugin, with CPython in this process and the callbacks of script.py. The first byte picks the route;
// that called "/call" takes the rest as its body, in which script.py reads calls of the module `orthanc`, that called "/texts"
// as a text for headers and the log, and the others get all of a request.
#include <fuzzer/FuzzedDataProvider.h>

#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "../host/system.h"
#include "services.h"

#include "../host/services.h"

namespace {

constexpr std::size_t routes = 4;  // of script.py, in its order
constexpr std::size_t call_route = 0;
constexpr std::size_t failing_route = 2;
constexpr std::size_t text_route = 3;

// A thread like Orthanc's, with a small stack. It lives as long as the process.
class small_thread {
public:
  small_thread() {
    std::thread([this] { host::run_on_small_stacks({[this] { serve(); }}); }).detach();
  }

  void run(const std::function<void()>& task) {
    std::unique_lock lock(mutex_);
    task_ = &task;
    changed_.notify_all();
    changed_.wait(lock, [this] { return task_ == nullptr; });
  }

private:
  [[noreturn]] void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return task_ != nullptr; });
      (*task_)();
      task_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* task_ = nullptr;
};

small_thread& orthanc_thread() {
  static auto& thread = *new small_thread;
  return thread;
}

// Texts as Orthanc passes them: an array of C strings.
struct text_array {
  text_array(FuzzedDataProvider& input, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      texts.push_back(input.ConsumeRandomLengthString(64));
    }
    for (const std::string& text : texts) {
      pointers.push_back(text.c_str());
    }
  }

  std::uint32_t count() const { return static_cast<std::uint32_t>(pointers.size()); }

  std::vector<std::string> texts;
  std::vector<const char*> pointers;
};

void send_request(std::size_t route, FuzzedDataProvider& input) {
  OrthancPluginHttpRequest request{};
  request.method = static_cast<OrthancPluginHttpMethod>(input.ConsumeIntegralInRange(1, 5));  // 5 is none
  const std::string url = "/" + input.ConsumeRandomLengthString(64);
  const std::size_t headers = input.ConsumeIntegralInRange(0, 3), arguments = input.ConsumeIntegralInRange(0, 3);
  const text_array groups(input, input.ConsumeIntegralInRange(0, 3)), header_keys(input, headers),
      header_values(input, headers), argument_keys(input, arguments), argument_values(input, arguments);
  request.groupsCount = groups.count();
  request.groups = groups.pointers.data();
  request.headersCount = header_keys.count();
  request.headersKeys = header_keys.pointers.data();
  request.headersValues = header_values.pointers.data();
  request.getCount = argument_keys.count();
  request.getKeys = argument_keys.pointers.data();
  request.getValues = argument_values.pointers.data();
  const auto body = input.ConsumeRemainingBytes<std::uint8_t>();
  request.body = body.data();
  request.bodySize = static_cast<std::uint32_t>(body.size());
  const int status = host::call_route(route, url.c_str(), request).status;
  if (route == failing_route && status == 200) {
    std::abort();  // an exception must not look like success
  }
}

// The exception of the route must be answered with a text of the plugin's, unless it is an OrthancException or the script has
// set details: the body is a secret.
void check_answer(const host::http_answer& answer) {
  const bool hidden = answer.body.rfind("The script has failed: see error ", 0) == 0;
  if (!hidden && answer.body.rfind("orthanc.OrthancException", 0) != 0 && answer.body.rfind("details: ", 0) != 0) {
    std::abort();
  }
}

// Calls of script.py, or its calls with one text.
void send_body(std::size_t route, FuzzedDataProvider& input) {
  const auto body = input.ConsumeRemainingBytes<std::uint8_t>();
  OrthancPluginHttpRequest request{};
  request.method = OrthancPluginHttpMethod_Post;
  request.body = body.data();
  request.bodySize = static_cast<std::uint32_t>(body.size());
  const host::http_answer answer = host::call_route(route, route == call_route ? "/call" : "/texts", request);
  if (route == text_route) {
    check_answer(answer);
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  setenv("PYTHONHASHSEED", "0", 1);  // the same input, the same way through CPython
  void* library = host::open_library(PLUGIN, false);
  const auto initialize =
      reinterpret_cast<std::int32_t (*)(OrthancPluginContext*)>(host::find_function(library, "OrthancPluginInitialize"));
  if (initialize(fuzz::open_services("{\"PythonScript\": \"" SCRIPT "\"}")) != 0) {
    std::abort();
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::size_t route = data[0] % routes;
  FuzzedDataProvider input(data + 1, size - 1);
  orthanc_thread().run(
      [&] { route == call_route || route == text_route ? send_body(route, input) : send_request(route, input); });
  return 0;
}
