// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "platform/subprocess.h"

extern char** environ;

namespace orthanc_python_loader {

namespace {

using std::chrono::steady_clock;

// Read until the other end is closed, or the text is too long. Return false when the time is over.
bool read_all(int descriptor, std::string& text, std::size_t most, steady_clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
    pollfd waiting{descriptor, POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) {
      continue;
    }
    if (ready <= 0) {
      return false;
    }
    char buffer[4096];
    const ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return true;
    }
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > most) {
      return true;
    }
  }
}

// Wait for the end of the process: it may have closed its output long before. Return false when the time is over. The kernel
// keeps no status where Orthanc was started with SIGCHLD ignored: the answer alone tells then whether it has succeeded.
bool wait_for(pid_t process, bool& failed, steady_clock::time_point deadline) {
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(process, &status, WNOHANG);
    if (ended == process) {
      failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
      return true;
    }
    if (ended < 0 && errno != EINTR) {
      failed = errno != ECHILD;
      return true;
    }
    if (steady_clock::now() >= deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void end(pid_t process) {
  int status = 0;
  kill(-process, SIGKILL);
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

program_end run_program(const std::vector<std::string>& command, std::string& output, std::size_t most,
                        std::chrono::seconds timeout) {
  int ends[2];
  if (pipe(ends) != 0) {
    throw system_failure(no_pipe, errno);
  }
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  if (ends[1] != STDOUT_FILENO) {  // as it is if Orthanc was started with its first two files closed
    posix_spawn_file_actions_addclose(&actions, ends[1]);
  }
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);

  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  pid_t process = 0;
  // A process group of its own: a shim may have started the interpreter as its child.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  const int error = posix_spawn(&process, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    throw system_failure(cannot_be_run, error);
  }

  const auto deadline = steady_clock::now() + timeout;
  bool failed = true;
  const bool answered = read_all(ends[0], output, most, deadline);
  close(ends[0]);
  if (output.size() > most || !answered || !wait_for(process, failed, deadline)) {
    end(process);
    return output.size() > most ? program_end::too_long : program_end::too_late;
  }
  return failed || output.empty() ? program_end::failed : program_end::succeeded;
}

}  // namespace orthanc_python_loader
