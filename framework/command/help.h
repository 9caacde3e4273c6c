// How help texts look.
#pragma once

#include <CLI/CLI.hpp>

namespace linseed::command {

/// CLI11's layout without the checks it prints with an option's type, and with defaults in words:
///   --momentum FLOAT        of the running averages (default: 0.99)
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace linseed::command
