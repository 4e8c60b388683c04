// SPDX-License-Identifier: GPL-3.0-or-later
#include "bindings/http_transfer.h"

#include <chrono>
#include <exception>
#include <thread>

namespace orthanc_python {

namespace {

const char* pointer(const std::optional<std::string>& text) { return text ? text->c_str() : nullptr; }

}  // namespace

std::shared_ptr<http_transfer> http_transfer::start(http_request asked) {
  auto started = std::make_shared<http_transfer>(std::move(asked));
  std::thread([started] {
    started->run();
    sdk_gate().leave();
  }).detach();
  return started;
}

http_transfer::event http_transfer::wait(bool whole) {
  std::unique_lock lock(mutex_);
  const auto reached = [&] { return whole ? is_full() : !bytes_.empty(); };
  const auto owed = [&] { return giver_ == std::this_thread::get_id(); };
  changed_.wait(lock, [&] { return reached() || body_wanted_ || finished_ || owed(); });
  if (reached() && !(whole && finished_)) {
    return event::reached;
  }
  if (finished_) {
    return event::finished;
  }
  if (owed()) {
    return event::body_owed;
  }
  body_wanted_ = false;  // this thread gives it, and no other one
  giver_ = std::this_thread::get_id();
  return event::body_wanted;
}

void http_transfer::give_body(std::optional<std::string> piece) {
  const std::lock_guard lock(mutex_);
  giver_ = {};
  if (cancelled_) {
    return;  // Orthanc does not wait for it any longer, and may be reading the former piece
  }
  body_ended_ = !piece.has_value();
  body_ = std::move(piece).value_or("");
  body_held_ = true;
  changed_.notify_all();
}

std::string http_transfer::take_answer() {
  const std::lock_guard lock(mutex_);
  return take();
}

std::vector<http_request::header> http_transfer::headers() {
  const std::lock_guard lock(mutex_);
  return headers_;
}

std::pair<std::uint16_t, OrthancPluginErrorCode> http_transfer::result() {
  const std::lock_guard lock(mutex_);
  return {status_, code_};
}

void http_transfer::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  giver_ = {};
  changed_.notify_all();
}

void http_transfer::run() noexcept {
  std::vector<const char*> keys, values;
  for (const auto& [key, value] : asked_.headers) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  std::uint16_t status = 0;
  const auto code = OrthancPluginChunkedHttpClient(
      sdk(), this, add_chunk, add_header, &status, asked_.method, asked_.url.c_str(), static_cast<std::uint32_t>(keys.size()),
      keys.data(), values.data(), this, is_done, chunk_data, chunk_size, next_chunk, pointer(asked_.username),
      pointer(asked_.password), asked_.timeout, pointer(asked_.certificate_file), pointer(asked_.certificate_key_file),
      pointer(asked_.certificate_key_password), asked_.pkcs11 ? 1 : 0);
  const std::lock_guard lock(mutex_);
  status_ = status;
  code_ = code;
  finished_ = true;
  changed_.notify_all();
}

// False when Python has lost interest, or Orthanc is stopping.
template <class Ready> bool http_transfer::wait_for_python(std::unique_lock<std::mutex>& lock, Ready&& ready) {
  while (!ready() && !cancelled_ && !sdk_gate().is_closed()) {
    changed_.wait_for(lock, std::chrono::milliseconds(500));  // the gate wakes nobody
  }
  cancelled_ = cancelled_ || sdk_gate().is_closed();
  return !cancelled_;
}

// Runs one of the functions below. What it throws, for lack of memory, fails the transfer.
template <class F> OrthancPluginErrorCode http_transfer::protect(void* self, F&& function) noexcept {
  try {
    return function(*static_cast<http_transfer*>(self)) ? OrthancPluginErrorCode_Success : OrthancPluginErrorCode_CanceledJob;
  } catch (const std::exception&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
}

OrthancPluginErrorCode http_transfer::add_header(void* self, const char* key, const char* value) noexcept {
  return protect(self, [&](http_transfer& it) {
    const std::lock_guard lock(it.mutex_);
    it.headers_.emplace_back(key, value);
    return true;
  });
}

OrthancPluginErrorCode http_transfer::add_chunk(void* self, const void* data, std::uint32_t size) noexcept {
  return protect(self, [&](http_transfer& it) {
    return it.push(data, size,
                   [&](std::unique_lock<std::mutex>& lock) { return it.wait_for_python(lock, [&] { return !it.is_full(); }); });
  });
}

std::uint8_t http_transfer::is_done(void* self) noexcept {
  bool done = false;
  protect(self, [&](http_transfer& it) {
    done = it.obtain_body() && it.body_ended_;
    return true;
  });
  return done ? 1 : 0;  // not 1 after an error: the peer would take the body for complete
}

const void* http_transfer::chunk_data(void* self) noexcept { return static_cast<http_transfer*>(self)->body_.data(); }

std::uint32_t http_transfer::chunk_size(void* self) noexcept {
  return static_cast<std::uint32_t>(static_cast<http_transfer*>(self)->body_.size());
}

OrthancPluginErrorCode http_transfer::next_chunk(void* self) noexcept {
  return protect(self, [](http_transfer& it) {
    const std::lock_guard lock(it.mutex_);
    it.body_.clear();
    it.body_held_ = false;
    return !it.cancelled_;
  });
}

// Asks for the next piece of the body, unless it is there. False when there will be none.
bool http_transfer::obtain_body() {
  std::unique_lock lock(mutex_);
  if (!body_held_ && !body_ended_) {
    body_wanted_ = true;
    changed_.notify_all();
    wait_for_python(lock, [this] { return body_held_; });
  }
  return body_held_ || body_ended_;
}

}  // namespace orthanc_python
