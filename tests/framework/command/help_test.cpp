// Help texts, the manual and completion: all speak of the same options.
#include <linseed/framework/command/help.h>

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

TEST_CASE("a wrong command line ends with 2, on standard error") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"inspcet", "x"},
                                             {"inspect"},
                                             {"inspect", "x", "--jsno"},
                                             {"inspect", "x", "--momentum", "2"}}) {
    const Outcome outcome = linseed(words);
    CHECK(outcome.exit == command::kUsage);
    CHECK(outcome.out.empty());
    CHECK(!outcome.err.empty());
  }
}

}  // namespace linseed::test
