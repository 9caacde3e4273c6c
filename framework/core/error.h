// The exceptions of linseed: one class per kind of fault, each message built with fmt.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace linseed {

/// Base of every exception thrown by linseed. The message names the rule that broke, what was
/// given, and the fix where it is known. A module frame that an error passes through adds its path.
class Error : public std::exception {
 public:
  const char* what() const noexcept override { return message_.c_str(); }

  /// Appends "; in <module_path>", the first time only: the innermost frame knows best.
  void add_module_path(std::string_view module_path);

 protected:
  explicit Error(std::string message) : message_(std::move(message)) {}
  /// Appends what is to stand behind the module path.
  void add_details(std::string_view details) { message_.append(details); }

 private:
  std::string message_;
  bool has_module_path_ = false;
};

/// The caller passed something that breaks a documented rule.
class InvalidArgument final : public Error {
 public:
  template <class... Args>
  explicit InvalidArgument(fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// The request is meaningful, but linseed does not do it (yet).
class NotSupported final : public Error {
 public:
  template <class... Args>
  explicit NotSupported(fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// linseed broke one of its own rules; please report it.
class InternalError final : public Error {
 public:
  template <class... Args>
  explicit InternalError(fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// The operating system refused: a file is missing, a directory not writable, the disk full.
class IoError final : public Error {
 public:
  template <class... Args>
  explicit IoError(fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// A file exists but its content is not what it says: truncated, a flipped bit, a foreign format.
class DataCorruption final : public Error {
 public:
  template <class... Args>
  explicit DataCorruption(fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// The rules of the module system, numbered as in the documentation of flax.nn's behaviour.
enum class ModuleRule {
  // clang-format off
  E1 = 1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14,
  E15, E16, E17, E18, E19, E20, E21, E22, E23, E24, E25, E26, E27,
  // clang-format on
};

/// A rule of the module system was broken; `rule()` says which.
class ModuleError final : public Error {
 public:
  template <class... Args>
  explicit ModuleError(ModuleRule rule, fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format("E{}: ", static_cast<int>(rule)) +
              fmt::format(format, std::forward<Args>(args)...)),
        rule_(rule) {}

  ModuleRule rule() const noexcept { return rule_; }

 private:
  ModuleRule rule_;
};

}  // namespace linseed
