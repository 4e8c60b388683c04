// SPDX-License-Identifier: GPL-3.0-or-later
// A gate that many threads pass and one thread closes. Closing waits until those inside have left.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

namespace orthanc_python {

class gate {
public:
  void open() noexcept { closed_.store(false); }

  bool is_closed() const noexcept { return closed_.load(); }

  // False once the gate is closed. Each success must be paired with leave().
  bool enter() noexcept {
    inside_.fetch_add(1);
    if (closed_.load()) {
      inside_.fetch_sub(1);
      return false;
    }
    return true;
  }

  void leave() noexcept { inside_.fetch_sub(1); }

  // Refuse further threads. Return whether all threads inside have left within `timeout`.
  bool close(std::chrono::milliseconds timeout) noexcept {
    closed_.store(true);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (inside_.load() > 0) {
      if (std::chrono::steady_clock::now() >= deadline) {
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

private:
  std::atomic<bool> closed_{true};
  std::atomic<int> inside_{0};
};

// Passes a gate for the length of a scope.
class gate_pass {
public:
  explicit gate_pass(gate& passed) noexcept : gate_(passed), passed_(passed.enter()) {}
  ~gate_pass() {
    if (passed_) {
      gate_.leave();
    }
  }
  gate_pass(const gate_pass&) = delete;
  gate_pass& operator=(const gate_pass&) = delete;
  explicit operator bool() const noexcept { return passed_; }

private:
  gate& gate_;
  bool passed_;
};

}  // namespace orthanc_python
