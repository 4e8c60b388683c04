// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterChunkedRestCallback: routes of the REST API whose callback reads the body of a POST or PUT while it arrives. Orthanc
// calls a C function for each chunk, whereas a script reads an iterator: so the callback runs on a thread of its own for the
// length of the request, and waits there for chunks, as Orthanc's thread waits for it when it does not keep up.
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/http/error_details.h"
#include "callbacks/http/rest.h"
#include "conversion/byte_stream.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

constexpr std::size_t own_chunked_functions = 128;

routes known_chunked_routes("chunked_rest", own_chunked_functions);

[[noreturn]] void throw_aborted() {
  raise_error(PyExc_ConnectionAbortedError, "the client has gone before the end of its request");
}

// One request. Orthanc's thread, the callback's thread and the objects in Python share it.
class upload : public byte_stream {
public:
  void add(const void* data, std::size_t size) {
    push(data, size, [this](std::unique_lock<std::mutex>& lock) {
      changed_.wait(lock, [this] { return dropping_ || !is_full(); });
      lost_ = lost_ || dropping_;
      return !dropping_;
    });
  }

  // Of the callback's thread, with the GIL. None at the end of the body.
  std::string next_bytes() {
    std::string bytes;
    bool aborted = false;
    bool lost = false;
    {
      const released_gil released;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !bytes_.empty() || dropping_ || state_ != state::receiving; });
      bytes = take();
      aborted = bytes.empty() && state_ == state::aborted;
      lost = lost_;
    }
    if (aborted) {
      throw_aborted();
    }
    if (lost) {
      throw_runtime_error(
          "the rest of the body was dropped when `output` was first used or the callback returned: read the body before");
    }
    return bytes;
  }

  // The first use of `output`, with the GIL. Orthanc takes answers once it has received the body: what is unread of it is
  // dropped.
  OrthancPluginRestOutput* wait_for_output() {
    OrthancPluginRestOutput* output = nullptr;
    {
      const released_gil released;
      std::unique_lock lock(mutex_);
      drop();
      changed_.wait(lock, [this] { return state_ != state::receiving; });
      output = output_;
    }
    if (output == nullptr) {
      throw_aborted();
    }
    return output;
  }

  // The callback reads no arguments of the request any more; Orthanc's thread waits for that.
  void started() {
    const std::lock_guard lock(mutex_);
    started_ = true;
    changed_.notify_all();
  }

  void wait_for_start() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return started_; });
  }

  // The callback has returned or failed.
  void finish(OrthancPluginErrorCode code, std::string details) {
    const std::lock_guard lock(mutex_);
    started_ = finished_ = true;
    code_ = code;
    details_ = std::move(details);
    drop();
  }

  // The body is complete: lends `output` to the callback until it has finished.
  OrthancPluginErrorCode execute(OrthancPluginRestOutput* output) {
    std::unique_lock lock(mutex_);
    state_ = state::complete;
    output_ = output;
    changed_.notify_all();
    changed_.wait(lock, [this] { return finished_; });
    if (!take_error_details(output) && code_ != OrthancPluginErrorCode_Success) {
      OrthancPluginSetHttpErrorDetails(sdk(), output, details_.c_str(), 0);
    }
    return code_;
  }

  // The request is over. Unless its body is complete, raise an error in a thread that waits for more of it.
  void end() {
    const std::lock_guard lock(mutex_);
    if (state_ == state::receiving) {
      state_ = state::aborted;
    }
    output_ = nullptr;
    changed_.notify_all();
  }

  bool is_aborted() {
    const std::lock_guard lock(mutex_);
    return state_ == state::aborted;
  }

private:
  enum class state { receiving, complete, aborted };

  void drop() {
    dropping_ = true;
    lost_ = lost_ || !bytes_.empty();
    bytes_.clear();
    changed_.notify_all();
  }

  state state_ = state::receiving;
  bool dropping_ = false;  // nobody will read more of the body
  bool lost_ = false;      // and there was more
  bool started_ = false;
  bool finished_ = false;
  OrthancPluginRestOutput* output_ = nullptr;
  OrthancPluginErrorCode code_ = OrthancPluginErrorCode_Plugin;
  std::string details_;
};

// request["body"]
class request_body : public byte_reader {
public:
  explicit request_body(std::shared_ptr<upload> source) : source_(std::move(source)) {}

private:
  std::string next_bytes() override { return source_->next_bytes(); }

  std::shared_ptr<upload> source_;
};

// Calls the callback; on its own thread.
void run(const std::shared_ptr<upload>& source, const registered_function& callback, const std::string& what, const char* url,
         const OrthancPluginHttpRequest& request) {
  const loan<OrthancPluginRestOutput> output([source] { return source->wait_for_output(); });
  keyword_call call = rest_call(output.object(), url, request);
  call.keyword("body", nb::cast(request_body(source)));
  nb::object result;
  {
    const measured_call measured(callback, url);
    source->started();  // from now on, Orthanc may free the URL and the request
    result = call(measured);
    send_result(result, output.object());
  }
  if (!output.end_answered() && is_answer_expected() && !source->is_aborted()) {
    report_missing_answer(what, callback, result);
  }
}

void work(const std::shared_ptr<upload>& source, std::size_t function, const char* url,
          const OrthancPluginHttpRequest* request) noexcept {
  const std::string what = "the chunked REST callback of " + one_line(url);
  auto code = OrthancPluginErrorCode_Plugin;
  std::string details;
  run_callback([&] {
    const rest_callback_scope scope;
    registered_function callback;
    const bool done = guarded([&] {
      callback = known_chunked_routes.at(known_chunked_routes.find(function, url));
      run(source, callback, what, url, *request);
    });
    if (done) {
      code = OrthancPluginErrorCode_Success;
    } else if (source->is_aborted() && PyErr_ExceptionMatches(PyExc_ConnectionAbortedError)) {
      PyErr_Clear();
      log_info("Python: " + what + " has ended, because the client has gone");
    } else if (report_gone_client(what)) {
      code = OrthancPluginErrorCode_Success;
    } else {
      code = report_error(what, callback, &details);
    }
  });
  source->finish(code, std::move(details));
}

// The object that Orthanc holds for a request.
struct reader {
  std::shared_ptr<upload> source = std::make_shared<upload>();
  std::thread worker;
};

reader& reader_of(OrthancPluginServerChunkedRequestReader* pointer) { return *reinterpret_cast<reader*>(pointer); }

OrthancPluginErrorCode start(std::size_t function, OrthancPluginServerChunkedRequestReader** target, const char* url,
                             const OrthancPluginHttpRequest* request) noexcept {
  try {
    auto started = std::make_unique<reader>();
    started->worker = std::thread([source = started->source, function, url, request] { work(source, function, url, request); });
    started->source->wait_for_start();
    *target = reinterpret_cast<OrthancPluginServerChunkedRequestReader*>(started.release());
    return OrthancPluginErrorCode_Success;
  } catch (const std::bad_alloc&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  } catch (const std::system_error& error) {
    log_error("Python: no thread for the chunked REST callback of " + one_line(url) + ": " + error.what());
    return OrthancPluginErrorCode_SystemCommand;
  }
}

OrthancPluginErrorCode add_chunk(OrthancPluginServerChunkedRequestReader* pointer, const void* data,
                                 std::uint32_t size) noexcept {
  try {
    reader_of(pointer).source->add(data, size);
    return OrthancPluginErrorCode_Success;
  } catch (const std::bad_alloc&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
}

OrthancPluginErrorCode execute(OrthancPluginServerChunkedRequestReader* pointer, OrthancPluginRestOutput* output) noexcept {
  return reader_of(pointer).source->execute(output);
}

void finalize(OrthancPluginServerChunkedRequestReader* pointer) noexcept {
  const std::unique_ptr<reader> ended(&reader_of(pointer));
  ended->source->end();
  ended->worker.join();
}

constexpr auto whole_callbacks = route_functions<own_chunked_functions>([](auto index) -> OrthancPluginRestCallback {
  return [](OrthancPluginRestOutput* output, const char* url, const OrthancPluginHttpRequest* request) {
    return answer_request(known_chunked_routes, decltype(index)::value, output, url, request);
  };
});

constexpr auto chunked_callbacks =
    route_functions<own_chunked_functions>([](auto index) -> OrthancPluginServerChunkedRequestReaderFactory {
      return [](OrthancPluginServerChunkedRequestReader** target, const char* url, const OrthancPluginHttpRequest* request) {
        return start(decltype(index)::value, target, url, request);
      };
    });

void register_chunked_route(const text& expression, const callback_argument& callback) {
  const char* c_expression = checked_line("pathRegularExpression", expression.c_str());
  const std::size_t function = known_chunked_routes.keep(expression, callback);
  call(services::RegisterChunkedRestCallback, [&] {
    OrthancPluginRegisterChunkedRestCallback(sdk(), c_expression, whole_callbacks[function], chunked_callbacks[function],
                                             whole_callbacks[function], chunked_callbacks[function], add_chunk, execute,
                                             finalize);
  });
}

}  // namespace

void init_chunked_rest_callbacks(nb::module_& module) {
  nb::class_<request_body>(module, "_RequestBody", "The body of a request that is still arriving: an iterator of bytes.");
  define_reader<request_body, "_RequestBody.__iter__"_routine, "_RequestBody.__next__"_routine, "_RequestBody.read"_routine>(
      module);
  define<"RegisterChunkedRestCallback"_routine>(module, &register_chunked_route);
}

}  // namespace orthanc_python
