#include <linseed/tests/framework/command/support.h>

#include <unistd.h>

#include <cstdio>

namespace linseed::test {
namespace {

/// What goes to a descriptor while this lives.
class Captured {
 public:
  explicit Captured(std::FILE* stream) : stream_(stream), file_(std::tmpfile()) {
    std::fflush(stream_);
    saved_ = dup(fileno(stream_));
    dup2(fileno(file_), fileno(stream_));
  }
  ~Captured() {
    restore();
    std::fclose(file_);
  }
  std::string text() {
    restore();
    std::rewind(file_);
    std::string result;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) result += static_cast<char>(c);
    return result;
  }

 private:
  void restore() {
    if (saved_ < 0) return;
    std::fflush(stream_);
    dup2(saved_, fileno(stream_));
    ::close(saved_);
    saved_ = -1;
  }

  std::FILE* stream_;
  std::FILE* file_;
  int saved_ = -1;
};

}  // namespace

Outcome linseed(const std::vector<std::string>& words) {
  std::vector<const char*> argv{"linseed"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  Captured out(stdout), err(stderr);
  const int exit = command::run(static_cast<int>(argv.size()), argv.data());
  return {exit, out.text(), err.text()};
}

}  // namespace linseed::test
