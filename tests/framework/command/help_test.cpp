// Help texts, the manual and completion: all speak of the same options.
#include <linseed/framework/command/help.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <linseed/framework/command/complete.h>
#include <linseed/tests/framework/command/support.h>

namespace linseed::test {
namespace {

std::vector<std::string> subcommands() {
  command::Action action;
  const auto app = command::make_app(action);
  std::vector<std::string> names;
  for (const CLI::App* each : app->get_subcommands([](CLI::App*) { return true; })) {
    names.push_back(each->get_name());
  }
  return names;
}

/// The options that a subcommand's help shows, in its order.
std::vector<std::string> options_of(const std::string& name) {
  const std::string help = linseed({name, "--help"}).out;
  const std::regex line("\\n  ((?:-[a-z],)?)(--[a-z-]+)");
  std::vector<std::string> names;
  for (std::sregex_iterator at(help.begin(), help.end(), line), end; at != end; ++at) {
    names.push_back((*at)[2]);
    if ((*at)[1].length() > 0) names.push_back((*at)[1].str().substr(0, 2));
  }
  return names;
}

}  // namespace

TEST_CASE("each subcommand's help has a use, an example and its exit codes") {
  REQUIRE(!subcommands().empty());
  for (const std::string& name : subcommands()) {
    INFO(name);
    const Outcome outcome = linseed({name, "--help"});
    CHECK(outcome.exit == command::kYes);
    CHECK(missing_words(outcome.out, {"Usage: linseed " + name, "Options:\n  -h,--help",
                                      "Examples:\n  linseed " + name, "Exit codes:\n  0  ",
                                      "\n  1  ", "\n  2  ", "\n  3  "}) == "");
    for (std::size_t at = 0; at < outcome.out.size();) {
      const std::size_t end = outcome.out.find('\n', at);
      CHECK(end - at <= 100);
      at = end + 1;
    }
  }
}

TEST_CASE("the command's own help lists all subcommands") {
  const Outcome outcome = linseed({"--help"});
  CHECK(outcome.exit == command::kYes);
  for (const std::string& name : subcommands())
    CHECK(missing_words(outcome.out, {"\n  " + name}) == "");
  CHECK(linseed({"--version"}).out == "linseed 0.1.0\n");
}

TEST_CASE("completion knows all subcommands and options, and leaves files alone") {
  command::Action action;
  const auto app = command::make_app(action);
  CHECK(command::completions(*app, {""}) == subcommands());
  CHECK(command::completions(*app, {"in"}) == std::vector<std::string>{"inspect"});
  for (const std::string& name : subcommands()) {
    INFO(name);
    const std::vector<std::string> known = command::completions(*app, {name, "-"});
    CHECK(!known.empty());
    CHECK(known == options_of(name));
    CHECK(command::completions(*app, {name, "runs/"}).empty());
    CHECK(command::completions(*app, {name, "--", "-"}).empty());
  }
  CHECK(command::completions(*app, {"--v"}) == std::vector<std::string>{"--version"});
}

TEST_CASE("the manual speaks of each subcommand and option, and of no other option") {
  std::ifstream file(LINSEED_SOURCE_DIRECTORY "/docs/linseed.1");
  std::string manual(std::istreambuf_iterator<char>(file), {});
  manual.erase(std::remove(manual.begin(), manual.end(), '\\'), manual.end());
  std::set<std::string> options{"--help", "--version"};
  for (const std::string& name : subcommands()) {
    INFO(name);
    std::string section = name;
    std::transform(name.begin(), name.end(), section.begin(), ::toupper);
    const std::size_t begin = manual.find("\n.SH " + section + "\n");
    REQUIRE(begin != std::string::npos);
    const std::string text = manual.substr(begin, manual.find("\n.SH ", begin + 1) - begin);
    for (const std::string& option : options_of(name)) {
      if (option == "-h" || option == "--help") continue;
      INFO(option);
      CHECK(std::regex_search(text, std::regex("\\n\\.B.*" + option + "\\b")));
      options.insert(option);
    }
  }
  const std::regex long_option("\\n\\.B[IR]? (?:-. \", \" )?(--[a-z-]+)");
  for (std::sregex_iterator at(manual.begin(), manual.end(), long_option), end; at != end; ++at) {
    INFO((*at)[1]);
    CHECK(options.count((*at)[1]) == 1);
  }
}

TEST_CASE("a wrong command line ends with 2, on standard error") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"inspcet", "x"},
                                             {"inspect"},
                                             {"inspect", "x", "--jsno"},
                                             {"inspect", "x", "--momentum", "2"},
                                             {"inspect", "x", "--prefix", "a/b"}}) {
    const Outcome outcome = linseed(words);
    CHECK(outcome.exit == command::kUsage);
    CHECK(outcome.out.empty());
    CHECK(!outcome.err.empty());
  }
}

}  // namespace linseed::test
