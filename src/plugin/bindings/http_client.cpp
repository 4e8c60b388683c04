// SPDX-License-Identifier: GPL-3.0-or-later
// ChunkedHttpClient: an HTTP request whose body is an iterator of bytes and whose answer is another. Orthanc's function returns
// when all is over, so it runs on a thread of its own, without Python. The script's iterator is asked by the thread that waits
// for the answer, and that thread sees its exceptions.
#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bindings/domains.h"
#include "bindings/http_transfer.h"
#include "bindings/runtime.h"
#include "conversion/byte_stream.h"
#include "embedded/python_sources.h"
#include "sdk_services.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

constexpr const service& client = services::ChunkedHttpClient;

// The body of a request. None, bytes-like and str are pieces themselves. A file is read in pieces, because as an iterator it
// would give lines, and a line may be of any size.
class http_body {
public:
  explicit http_body(nb::object body) {
    constexpr int piece_size = 1 << 20;
    if (body.is_none()) {
      body = nb::make_tuple();
    } else if (PyUnicode_Check(body.ptr()) || PyObject_CheckBuffer(body.ptr())) {
      body = nb::make_tuple(body);
    } else if (nb::hasattr(body, "read")) {
      read_ = library_module("functools").attr("partial")(body.attr("read"), piece_size);
      return;
    }
    iterator_ = checked(PyObject_GetIter(body.ptr()));
  }

  // The next piece, nullopt at the end. An empty piece ends a file, but not an iterator.
  std::optional<std::string> next() {
    const nb::object piece = read_.is_valid() ? read_() : nb::steal(PyIter_Next(iterator_.ptr()));
    if (!piece.is_valid()) {
      if (PyErr_Occurred() != nullptr) {
        throw nb::python_error();
      }
      return std::nullopt;
    }
    if (!PyUnicode_Check(piece.ptr()) && !PyObject_CheckBuffer(piece.ptr())) {
      raise_error(PyExc_TypeError, "the body must consist of bytes, not %R", Py_TYPE(piece.ptr()));
    }
    const buffer_view view(buffer{piece.ptr()});
    if (read_.is_valid() && view.bytes() == 0) {
      read_.reset();  // nobody else may have the file, and this closes it
      return std::nullopt;
    }
    view.size<std::uint32_t>();
    return std::string(static_cast<const char*>(view.data()), view.bytes());
  }

private:
  nb::object read_;  // of a file
  nb::object iterator_;
};

// The answer that the script gets.
class http_answer : public byte_reader {
public:
  http_answer(std::shared_ptr<http_transfer> source, http_body body) : source_(std::move(source)), body_(std::move(body)) {}
  http_answer(http_answer&&) = default;
  ~http_answer() override {
    if (source_ != nullptr) {
      source_->cancel();
    }
  }

  // Waits for the start of the answer's body, or for its end if `whole`; meanwhile the request's body is sent.
  http_transfer::event wait(bool whole) {
    for (;;) {
      auto event = http_transfer::event::finished;
      {
        const released_gil released;
        event = source_->wait(whole);
      }
      if (event == http_transfer::event::body_owed) {
        throw_runtime_error("the body of the request waits for an answer that waits for the body: read it elsewhere");
      }
      if (event != http_transfer::event::body_wanted) {
        return event;
      }
      send_piece();
    }
  }

  nb::object headers() const {
    nb::dict result;
    for (const auto& [key, value] : source_->headers()) {
      result[to_text(key.c_str())] = to_text(value.c_str());
    }
    return result;
  }

  std::uint16_t status() {
    if (closed_ && source_->result().first == 0) {
      throw_closed();
    }
    if (wait(true) != http_transfer::event::finished) {
      throw_runtime_error("Orthanc gives the status when it has received the whole answer: read the body first");
    }
    return completed();
  }

  void close() {
    closed_ = true;
    source_->cancel();
  }

  // The status. Raises OrthancException when no whole answer has come.
  std::uint16_t completed() const {
    const auto [status, code] = source_->result();
    if (status == 0) {
      raise_orthanc_exception(client, code);
    }
    return status;
  }

private:
  [[noreturn]] static void throw_closed() { throw_runtime_error("this answer is closed"); }

  std::string next_bytes() override {
    if (closed_) {
      throw_closed();
    }
    if (wait(false) == http_transfer::event::finished) {
      completed();
    }
    return source_->take_answer();
  }

  void send_piece() {
    try {
      source_->give_body(body_.next());
    } catch (...) {
      close();
      throw;
    }
  }

  std::shared_ptr<http_transfer> source_;
  http_body body_;
  bool closed_ = false;
};

std::optional<std::string> optional_string(const char* text) {
  return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

// Orthanc chooses the headers of a chunked body itself only if there are no others.
void add_chunked_headers(http_request& asked) {
  const auto has = [&](std::string name) {
    const auto lower = [](std::string text) {
      std::transform(text.begin(), text.end(), text.begin(),
                     [](unsigned char c) { return static_cast<char>(c < 'A' || c > 'Z' ? c : c + 32); });
      return text;
    };
    return std::any_of(asked.headers.begin(), asked.headers.end(),
                       [&](const auto& header) { return lower(header.first) == name; });
  };
  if (!has("transfer-encoding") && !has("content-length")) {
    asked.headers.emplace_back("Transfer-Encoding", "chunked");
  }
  if (!has("expect")) {
    asked.headers.emplace_back("Expect", "");
  }
}

http_answer chunked_http_client(enumeration<OrthancPluginHttpMethod> method, text url, string_map headers, nb::object body,
                                optional_text username, optional_text password, number<std::uint32_t> timeout,
                                optional_text certificate_file, optional_text certificate_key_file,
                                optional_text certificate_key_password, number<std::uint8_t> pkcs11) {
  http_request asked;
  asked.method = method.value();
  asked.url = checked_line("url", url.c_str());
  const string_map_view given(headers);
  check_lines("headers", given);
  for (std::uint32_t i = 0; i < given.count(); ++i) {
    asked.headers.emplace_back(given.keys()[i], given.values()[i]);
  }
  if (asked.method == OrthancPluginHttpMethod_Post || asked.method == OrthancPluginHttpMethod_Put) {
    add_chunked_headers(asked);
  }
  asked.username = optional_string(checked_line("username", username.c_str()));
  asked.password = optional_string(checked_line("password", password.c_str()));
  asked.timeout = timeout.value();
  asked.certificate_file = optional_string(checked_line("certificateFile", certificate_file.c_str()));
  asked.certificate_key_file = optional_string(checked_line("certificateKeyFile", certificate_key_file.c_str()));
  asked.certificate_key_password = optional_string(checked_line("certificateKeyPassword", certificate_key_password.c_str()));
  asked.pkcs11 = pkcs11.value() != 0;

  http_body pieces(std::move(body));
  enter_sdk(client, sdk_gate());  // the thread that leaves it is not Orthanc's
  std::shared_ptr<http_transfer> source;
  try {
    source = http_transfer::start(std::move(asked));
  } catch (const std::exception& error) {
    sdk_gate().leave();
    throw_runtime_error(std::string("the HTTP client cannot start a thread: ") + error.what());
  }
  http_answer answer(std::move(source), std::move(pieces));
  if (answer.wait(false) == http_transfer::event::finished) {
    answer.completed();
  }
  return answer;
}

}  // namespace

void init_http_client(nb::module_& module) {
  nb::class_<http_answer> answer(module, "_HttpAnswer",
                                 "The answer to an HTTP request that is still arriving: an iterator of bytes.");
  define_reader<http_answer, "_HttpAnswer.__iter__"_routine, "_HttpAnswer.__next__"_routine, "_HttpAnswer.read"_routine>(
      module);
  answer.def_prop_ro("headers", &http_answer::headers, "The headers, as the server wrote them.")
      .def_prop_ro("status", &http_answer::status, nb::lock_self(),
                   "The HTTP status, once the body is read or is less than 1 MB.");
  define<"_HttpAnswer.__enter__"_routine>(module, [](const receiver<http_answer>& self) { return nb::borrow(self.python); });
  define<"_HttpAnswer.__exit__"_routine>(
      module, [](const receiver<http_answer>& self, const nb::object&, const nb::object&, const nb::object&) {
        const nb::ft_object_guard guard(self.python);
        self->close();
      });
  define<"_HttpAnswer.close"_routine>(module, [](const receiver<http_answer>& self) {
    const nb::ft_object_guard guard(self.python);
    self->close();
  });
  define<"ChunkedHttpClient"_routine>(module, &chunked_http_client);
}

}  // namespace orthanc_python
