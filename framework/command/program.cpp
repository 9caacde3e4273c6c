#include <linseed/framework/command/program.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>

extern char** environ;

namespace linseed::command {
namespace {

/// While one lives, Ctrl-C leaves this process alone.
class IgnoreInterrupt {
 public:
  IgnoreInterrupt() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &before_);
  }
  ~IgnoreInterrupt() { sigaction(SIGINT, &before_, nullptr); }
  IgnoreInterrupt(const IgnoreInterrupt&) = delete;
  IgnoreInterrupt& operator=(const IgnoreInterrupt&) = delete;

 private:
  struct sigaction before_ {};
};

/// Where a program's standard streams go, and what it does at Ctrl-C.
class SpawnSettings {
 public:
  explicit SpawnSettings(const std::filesystem::path& log) {
    posix_spawn_file_actions_init(&streams_);
    posix_spawn_file_actions_addopen(&streams_, 0, "/dev/null", O_RDONLY, 0);
    if (!log.empty()) {
      constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
      posix_spawn_file_actions_addopen(&streams_, 1, log.c_str(), kFlags, 0666);
      posix_spawn_file_actions_adddup2(&streams_, 1, 2);
    }
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigdefault(&attributes_, &interrupt);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&streams_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* streams() const { return &streams_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t streams_;
  posix_spawnattr_t attributes_;
};

}  // namespace

std::string run_program(const std::vector<std::string>& words, const std::filesystem::path& log) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const SpawnSettings settings(log);
  const IgnoreInterrupt guard;
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], settings.streams(), settings.attributes(),
                                 argv.data(), environ);
  if (error != 0) throw IoError("cannot run '{}': {}", words[0], std::strerror(error));
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw IoError("cannot wait for '{}': {}", words[0], std::strerror(errno));
  }
  if (WIFSIGNALED(status)) {
    return fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  }
  return WEXITSTATUS(status) == 0 ? "" : fmt::format("exit code {}", WEXITSTATUS(status));
}

}  // namespace linseed::command
