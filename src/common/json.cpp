// SPDX-License-Identifier: GPL-3.0-or-later
#include "json.h"

#include <cctype>
#include <cstring>
#include <stdexcept>

namespace orthanc_python {

namespace {

constexpr int deepest = 256;

class json_parser {
public:
  explicit json_parser(const std::string& text) : position_(text.c_str()), end_(position_ + text.size()) {}

  json_value document() {
    json_value result = value(0);
    skip_space();
    if (position_ != end_) {
      fail("text after the end");
    }
    return result;
  }

private:
  [[noreturn]] static void fail(const char* what) { throw std::runtime_error(std::string("malformed JSON: ") + what); }

  void skip_space() {
    while (position_ != end_ && std::strchr(" \t\r\n", *position_) != nullptr && *position_ != '\0') {
      ++position_;
    }
  }

  char next() {
    if (position_ == end_) {
      fail("unexpected end");
    }
    return *position_++;
  }

  // Skips space and then the character, if it comes next.
  bool accept(char expected) {
    skip_space();
    if (position_ != end_ && *position_ == expected) {
      ++position_;
      return true;
    }
    return false;
  }

  void expect(char expected) {
    if (!accept(expected)) {
      fail("unexpected character");
    }
  }

  bool accept_word(const char* word) {
    const std::size_t length = std::strlen(word);
    if (static_cast<std::size_t>(end_ - position_) < length || std::strncmp(position_, word, length) != 0) {
      return false;
    }
    position_ += length;
    return true;
  }

  json_value value(int depth) {
    if (depth > deepest) {
      fail("nested too deeply");
    }
    if (accept('{')) {
      return {object(depth)};
    }
    if (accept('[')) {
      return {array(depth)};
    }
    if (accept('"')) {
      return {string()};
    }
    if (accept_word("true")) {
      return {true};
    }
    if (accept_word("false")) {
      return {false};
    }
    if (accept_word("null")) {
      return {nullptr};
    }
    return {number()};
  }

  json_number number() {
    const char* start = position_;
    while (position_ != end_ && *position_ != '\0' && std::strchr("+-.0123456789eE", *position_) != nullptr) {
      ++position_;
    }
    if (start == position_) {
      fail("unexpected character");
    }
    return {std::string(start, position_)};
  }

  json_value::object object(int depth) {
    json_value::object result;
    if (accept('}')) {
      return result;
    }
    do {
      expect('"');
      std::string key = string();
      expect(':');
      result.insert_or_assign(std::move(key), value(depth + 1));
    } while (accept(','));
    expect('}');
    return result;
  }

  json_value::array array(int depth) {
    json_value::array result;
    if (accept(']')) {
      return result;
    }
    do {
      result.push_back(value(depth + 1));
    } while (accept(','));
    expect(']');
    return result;
  }

  // After the opening quotation mark.
  std::string string() {
    std::string result;
    for (char c = next(); c != '"'; c = next()) {
      if (c != '\\') {
        result += c;
        continue;
      }
      switch (c = next()) {
        case 'b': result += '\b'; break;
        case 'f': result += '\f'; break;
        case 'n': result += '\n'; break;
        case 'r': result += '\r'; break;
        case 't': result += '\t'; break;
        case 'u': append_utf8(result, code_point()); break;
        default: result += c;
      }
    }
    return result;
  }

  unsigned hexadecimal() {
    unsigned result = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = next();
      if (std::isxdigit(static_cast<unsigned char>(c)) == 0) {
        fail("bad \\u escape");
      }
      result = result * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return result;
  }

  // Half of a surrogate pair is not a character: U+FFFD stands for it.
  unsigned code_point() {
    constexpr unsigned replacement = 0xFFFD;
    const unsigned first = hexadecimal();
    if (first < 0xD800 || first > 0xDFFF) {
      return first;
    }
    const char* after_first = position_;
    if (first < 0xDC00 && accept_word("\\u")) {
      const unsigned second = hexadecimal();
      if (second >= 0xDC00 && second <= 0xDFFF) {
        return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
      }
      position_ = after_first;  // a character of its own
    }
    return replacement;
  }

  static void append_utf8(std::string& text, unsigned code) {
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xC0 | (code >> 6));
      text += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      text += static_cast<char>(0xE0 | (code >> 12));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      text += static_cast<char>(0xF0 | (code >> 18));
      text += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (code & 0x3F));
    }
  }

  const char* position_;
  const char* end_;
};

}  // namespace

json_value parse_json(const std::string& text) { return json_parser(text).document(); }

}  // namespace orthanc_python
