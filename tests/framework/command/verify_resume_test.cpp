// `linseed verify-resume` on programs that resume well and on ones that do not.
#include <linseed/framework/command/program.h>
#include <linseed/framework/command/resume_check.h>
#include <linseed/tests/framework/command/support.h>

namespace linseed::test {
namespace {

using Words = std::vector<std::string>;

/// verify-resume with `options` on train_something with `flags`.
Outcome verify(const Words& flags = {}, const Words& options = {}) {
  Words words{"verify-resume", "--steps", "3"};
  words.insert(words.end(), options.begin(), options.end());
  for (const char* word :
       {"--", TRAIN_SOMETHING, "--run-dir", "{dir}", "--steps={steps}", "{resume}"}) {
    words.emplace_back(word);
  }
  words.insert(words.end(), flags.begin(), flags.end());
  return linseed(words);
}

}  // namespace

TEST_CASE("placeholders are filled in, and {resume} vanishes where there is nothing to resume") {
  const Words words{"train", "--dir={dir}", "{steps}", "{resume}", "--mode={resume}"};
  CHECK(command::filled_in(words, "runs/x", 7, "") ==
        Words{"train", "--dir=runs/x", "7", "--mode="});
  CHECK(command::filled_in(words, "runs/x", 7, "--from {dir}") ==
        Words{"train", "--dir=runs/x", "7", "--from", "runs/x", "--mode=--from runs/x"});
}

TEST_CASE("a program that saves all of its state passes") {
  const Outcome outcome = verify();
  CHECK(outcome.err.empty());
  CHECK(missing_words(outcome.out, {"6 steps at once", "3 steps", "resumed for 3 more",
                                    "step 6: the same bits in 7 tensors"}) == "");
  CHECK(outcome.exit == command::kYes);
}

TEST_CASE("a program that forgets a part of its state does not, and the part is named") {
  const auto forgets = [](const char* part, std::initializer_list<std::string_view> words) {
    const Outcome outcome = verify({"--forget", part});
    CHECK(outcome.exit == command::kNo);
    CHECK(missing_words(outcome.out, words) == "");
    return outcome.out;
  };
  forgets("optimizer", {"no optimizer state", "optimizer/target/params/weight"});
  forgets("position", {"no position in the data"});
  const std::string text = forgets("unused", {"only BatchNorm's averages differ", "%2Fbn/mean"});
  CHECK(text.find("no position") == std::string::npos);
}

TEST_CASE("causes follow from what the state lacks") {
  const Tree a{{"params", Tree{{"BatchNorm_0", Tree{{"scale", floats({1})}}}}}};
  const Tree b{{"params", Tree{{"BatchNorm_0", Tree{{"scale", floats({2})}}}}}};
  const io::State state = io::describe(a);
  CHECK(command::likely_causes(command::compare(state, state), state).empty());
  const Words causes = command::likely_causes(command::compare(state, io::describe(b)), state);
  REQUIRE(causes.size() == 6);
  CHECK(missing_words(causes[0], {"no BatchNorm averages"}) == "");
  const io::State whole = Run{}.state();
  Run other;
  other.kernel = other.momentum;
  const Words fewer = command::likely_causes(command::compare(whole, other.state()), whole);
  for (const std::string& cause : fewer) CHECK(cause.find("no optimizer") == std::string::npos);
}

TEST_CASE("a program that never repeats itself is told from one that resumes badly") {
  const Outcome outcome = verify({"--clock"});
  CHECK(outcome.exit == command::kNo);
  CHECK(missing_words(outcome.out, {"3 steps once more", "does not repeat itself"}) == "");
}

TEST_CASE("a program that counts otherwise is recognised") {
  Words words{"verify-resume",   "--steps",         "3",       "--", TRAIN_SOMETHING,
              "--run-dir={dir}", "--until={steps}", "{resume}"};
  const Outcome outcome = linseed(words);
  CHECK(outcome.exit == command::kNo);
  CHECK(missing_words(outcome.out, {"saved nothing after step 3", "--count total"}) == "");
  words.insert(words.begin() + 1, {"--count", "total"});
  CHECK(linseed(words).exit == command::kYes);
  const Outcome too_far = verify({}, {"--count", "total"});
  CHECK(missing_words(too_far.out, {"resumed at step 9", "--count call"}) == "");
  const Outcome anew = verify({}, {"--resume-flag", "--clock"});  // no flag to resume at all
  CHECK(anew.exit == command::kFailed);
  CHECK(missing_words(anew.err, {"the program failed", "step 3 is not newer"}) == "");
}

TEST_CASE("a program that fails, saves nothing or is not there ends with 3 and its own words") {
  const Outcome failed = verify({"--fail"});
  CHECK(failed.exit == command::kFailed);
  CHECK(missing_words(failed.err, {"exit code 7", "--steps=6", "no memory left"}) == "");
  const Outcome silent = verify({"--no-checkpoint"});
  CHECK(silent.exit == command::kFailed);
  CHECK(missing_words(silent.err, {"holds no checkpoint", "training"}) == "");
  const Outcome absent = linseed(
      {"verify-resume", "--steps", "1", "--", "/nowhere/train", "{dir}", "{steps}", "{resume}"});
  CHECK(absent.exit == command::kFailed);
  CHECK(missing_words(absent.err, {"/nowhere/train", "No such file"}) == "");
  CHECK(command::run_program({"sh", "-c", "kill -9 $$"}, "") == "signal 9 (Killed)");
}

TEST_CASE("a command without placeholders, or without steps, is refused before it runs") {
  const TemporaryDirectory directory;
  const std::string mark = (directory.path() / "ran").string();
  for (const Words& words : {Words{"{dir}", "{steps}"}, Words{"{dir}", "{resume}"},
                             Words{"{steps}", "{resume}"}, Words{}}) {
    Words all{"verify-resume", "--steps", "1", "--", "touch", mark};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome outcome = linseed(all);
    CHECK(outcome.exit == command::kUsage);
    CHECK(missing_words(outcome.err, {"the command has no {"}) == "");
  }
  CHECK_FALSE(std::filesystem::exists(mark));
  // A program that resumes by itself takes no flag.
  const Outcome own = linseed({"verify-resume", "--steps", "1", "--resume-flag", "", "--", "sh",
                               "-c", "touch \"$0\"", mark, "{dir}", "{steps}"});
  CHECK(own.exit == command::kFailed);  // it saves nothing
  CHECK(std::filesystem::exists(mark));
  CHECK(linseed({"verify-resume", "--steps", "0", "--", "x"}).exit == command::kUsage);
  CHECK(linseed({"verify-resume", "--steps", "2"}).exit == command::kUsage);
}

TEST_CASE("the folders are removed, or kept where --keep says") {
  const Outcome outcome = verify({}, {"--keep"});
  const std::string rest = outcome.out.substr(outcome.out.find("folder ") + 7);
  const std::filesystem::path folder = rest.substr(0, rest.find('\n'));
  CHECK(latest_step(folder / "whole") == 6);
  CHECK(latest_step(folder / "resumed") == 6);
  std::filesystem::remove_all(folder);
}

}  // namespace linseed::test
