// What a function writes to standard error.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>

namespace linseed::test {

inline std::string captured_stderr(const std::function<void()>& function) {
  std::fflush(stderr);
  const int saved = dup(STDERR_FILENO);
  std::FILE* file = std::tmpfile();
  dup2(fileno(file), STDERR_FILENO);
  function();
  std::fflush(stderr);
  dup2(saved, STDERR_FILENO);
  ::close(saved);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

}  // namespace linseed::test
