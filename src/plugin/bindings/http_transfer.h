// SPDX-License-Identifier: GPL-3.0-or-later
// An HTTP request on its way, and its answer: Orthanc's side on the transfer's own thread, Python's on any. No Python here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "conversion/byte_stream.h"
#include "sdk/sdk.h"

namespace orthanc_python {

// The request, as Orthanc takes it.
struct http_request {
  using header = std::pair<std::string, std::string>;

  OrthancPluginHttpMethod method{};
  std::string url;
  std::vector<header> headers;
  std::optional<std::string> username, password;
  std::uint32_t timeout = 0;
  std::optional<std::string> certificate_file, certificate_key_file, certificate_key_password;
  bool pkcs11 = false;
};

// The waiting thread must not have the GIL.
class http_transfer : public byte_stream {
public:
  enum class event { body_wanted, body_owed, reached, finished };

  // Start a transfer on a thread of its own. The caller has passed the SDK's gate, and the thread leaves it at its end. Throw
  // std::system_error when there is no thread; the gate has not been left then.
  static std::shared_ptr<http_transfer> start(http_request asked);

  explicit http_transfer(http_request asked) : asked_(std::move(asked)) {}

  // Waits until there is something to read, or, if `whole`, until the answer is complete or does not fit in memory; or until a
  // piece of the request's body is wanted. The thread that is told so gives it or cancels the transfer. If it waits before
  // that, the piece is owed.
  event wait(bool whole);

  // The next piece of the request's body; nullopt at its end.
  void give_body(std::optional<std::string> piece);

  std::string take_answer();

  std::vector<http_request::header> headers();

  // The HTTP status and Orthanc's code. The status is 0 if no answer has been received as a whole: the code says why.
  std::pair<std::uint16_t, OrthancPluginErrorCode> result();

  // Ends the transfer as soon as Orthanc next hears of the peer.
  void cancel();

private:
  void run() noexcept;

  template <class F> static OrthancPluginErrorCode protect(void* self, F&& function) noexcept;
  static OrthancPluginErrorCode add_header(void* self, const char* key, const char* value) noexcept;
  static OrthancPluginErrorCode add_chunk(void* self, const void* data, std::uint32_t size) noexcept;
  static std::uint8_t is_done(void* self) noexcept;
  static const void* chunk_data(void* self) noexcept;
  static std::uint32_t chunk_size(void* self) noexcept;
  static OrthancPluginErrorCode next_chunk(void* self) noexcept;

  bool obtain_body();
  template <class Ready> bool wait_for_python(std::unique_lock<std::mutex>& lock, Ready&& ready);

  const http_request asked_;
  std::vector<http_request::header> headers_;
  std::string body_;          // the piece of the request's body that Orthanc is reading
  bool body_held_ = false;    // there is one
  bool body_wanted_ = false;  // there should be one, and no thread has been told so yet
  std::thread::id giver_;     // of the piece that a thread has been told to give
  bool body_ended_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
  std::uint16_t status_ = 0;
  OrthancPluginErrorCode code_ = OrthancPluginErrorCode_Plugin;
};

}  // namespace orthanc_python
