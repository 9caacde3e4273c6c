// start_profile: what is in the file.
#include <linseed/framework/plan/profile.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <linseed/framework/autodiff/cond.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/ops/collectives.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/check_finite.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/pmap.h>
#include <linseed/tests/support/captured_stderr.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/temporary_directory.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using nlohmann::json;

/// A profile's events, read while it goes on: as the file stays if the program ends there.
struct Events {
  std::vector<json> all;

  explicit Events(const std::filesystem::path& path) {
    std::ifstream file(path);
    REQUIRE(file.good());
    const json whole = json::parse(file);
    for (const json& event : whole.at("traceEvents")) all.push_back(event);
  }

  /// Those with this value of this key.
  std::vector<json> with(const std::string& key, const std::string& value) const {
    std::vector<json> found;
    for (const json& event : all) {
      if (event.value(key, "") == value) found.push_back(event);
    }
    return found;
  }
  std::string name_of_track(int number) const {
    for (const json& event : with("name", "thread_name")) {
      if (event.at("tid") == number) return event.at("args").at("name");
    }
    return "";
  }
  /// The only one of this name.
  json named(const std::string& name) const {
    const std::vector<json> found = with("name", name);
    INFO(name);
    REQUIRE(found.size() == 1);
    return found.front();
  }
};

/// A profile with a file of its own, while it lives.
struct Profiling {
  TemporaryDirectory directory;
  std::filesystem::path file = directory.path() / "trace.json";

  explicit Profiling(ProfileOptions options = {}) { start_profile(file, options); }
  ~Profiling() { stop_profile(); }

  Events events() const { return Events(file); }
};

/// As many threads while it lives, so that loops are spread over two on any machine.
struct TwoThreads {
  int before = num_threads();
  TwoThreads() { set_num_threads(2); }
  ~TwoThreads() { set_num_threads(before); }
};

double begin_of(const json& event) { return event.at("ts").get<double>(); }
double end_of(const json& event) { return begin_of(event) + event.at("dur").get<double>(); }

// Times are whole nanoseconds, written in microseconds, of a clock below 2^53 of them.
constexpr double kRounding = 1e-3;

bool is_inside(const json& inner, const json& outer) {
  return begin_of(inner) >= begin_of(outer) - kRounding &&
         end_of(inner) <= end_of(outer) + kRounding;
}

struct Net : nn::Module<Net> {
  Tensor apply(const Tensor& images) const {
    const Tensor x = nn::Conv{.features = 4, .kernel_size = {3, 3}}(images);
    return nn::Dense{.features = 5}(reshape(x, {x.dim(0), -1}));
  }
};

}  // namespace

TEST_CASE("a step is an event with its module, shapes, FLOPs, bytes and rates") {
  const Tensor images = uneven({2, 6, 6, 3});
  const auto created = Net{}.init(random::key(0), images);
  const auto forward =
      jit([](const Tree& params, const Tensor& x) { return Net{}.call(params, x); });
  const Profiling profiling;
  forward(created.params, images);
  const Events events = profiling.events();

  const json conv = events.named("convolution").at("args");
  CHECK(conv.at("module") == "/Conv_0");
  CHECK(conv.at("inputs") == "[2,6,6,3] float32, [3,3,3,4] float32");
  CHECK(conv.at("outputs") == "[2,6,6,4] float32");
  // Along each dimension 2 + 4 · 3 + 2 places of the window are inside the image.
  CHECK(conv.at("flops") == 2 * 2 * (16 * 16) * 3 * 4);
  CHECK(conv.at("bytes") == 4 * (2 * 36 * 3 + 9 * 3 * 4 + 2 * 36 * 4));
  const json product = events.named("matmul");
  CHECK(product.at("args").at("module") == "/Dense_1");
  CHECK(product.at("args").at("flops") == 2 * 2 * 144 * 5);
  const double nanoseconds = product.at("dur").get<double>() * 1000;
  // Written with four digits.
  CHECK(product.at("args").at("GF/s").get<double>() ==
        Approx(2 * 2 * 144 * 5 / nanoseconds).epsilon(1e-3));
}

TEST_CASE("steps lie in their run, a run in its call, and they fill no more than that") {
  const auto f = jit([](const Tensor& x) { return sum(matmul(exp(x), x)); });
  const Profiling profiling;
  f(uneven({64, 64}));
  const Events events = profiling.events();
  CHECK(events.named("jit compile").at("cat") == "call");
  const json call = events.named("jit call");
  const json run = events.named("run");
  CHECK(is_inside(run, call));
  double total = 0;
  const std::vector<json> steps = events.with("cat", "step");
  CHECK(steps.size() == 3);
  for (const json& step : steps) {
    CHECK(step.at("tid") == run.at("tid"));
    CHECK(is_inside(step, run));
    total += step.at("dur").get<double>();
  }
  CHECK(total <= run.at("dur").get<double>() + kRounding);
  evaluate(vector({1}) + 1);
  CHECK(profiling.events().with("name", "run").size() == 2);
  CHECK(is_inside(profiling.events().with("name", "run").back(),
                  profiling.events().named("evaluate")));
}

TEST_CASE(
    "a loop over several threads shows its parts, events of a thread nest, threads have names") {
  const TwoThreads two;
  const Tensor x = uneven({400, 300});
  const auto f = jit([](const Tensor& a) { return matmul(tanh(a), transpose(a)); });
  f(x);
  const Profiling profiling;
  for (int i = 0; i < 20; ++i) f(x);
  const Events events = profiling.events();

  const std::vector<json> products = events.with("name", "matmul");
  REQUIRE(products.size() == 20);
  std::map<std::int64_t, std::int64_t> items;  // of all parts of loops of that size
  for (const json& part : events.with("name", "part of matmul")) {
    if (!is_inside(part, products.front())) continue;
    items[part.at("args").at("of")] += part.at("args").at("items").get<std::int64_t>();
  }
  CHECK(!items.empty());
  for (const auto& entry : items) CHECK(entry.second % entry.first == 0);

  std::map<int, std::vector<json>> tracks;
  for (const json& event : events.with("ph", "X")) tracks[event.at("tid")].push_back(event);
  for (auto& entry : tracks) {
    const int number = entry.first;
    std::vector<json>& track = entry.second;
    const bool is_caller = number == products.front().at("tid");
    CHECK(events.name_of_track(number) ==
          fmt::format("{} {}", is_caller ? "caller" : "worker", number));
    std::sort(track.begin(), track.end(), [](const json& a, const json& b) {
      return std::pair(begin_of(a), -end_of(a)) < std::pair(begin_of(b), -end_of(b));
    });
    std::vector<json> open;
    for (const json& event : track) {
      while (!open.empty() && begin_of(event) >= end_of(open.back()) - kRounding) open.pop_back();
      if (!open.empty()) CHECK(is_inside(event, open.back()));
      open.push_back(event);
    }
  }
}

TEST_CASE("steps of a scan lie in its event") {
  const auto f = jit([](const Tensor& xs) {
    return scan([](const Tensor& c, const Tensor& x) { return std::pair(sin(c + x), c); },
                zeros({3}), xs);
  });
  const Profiling profiling;
  f(uneven({4, 3}));
  const Events events = profiling.events();
  const json whole = events.named("scan");
  CHECK(whole.at("args").at("flops") == 4 * (3 + 3));
  const std::vector<json> inner = events.with("name", "fused");  // add and sin
  CHECK(inner.size() == 4);
  for (const json& step : inner) CHECK(is_inside(step, whole));
}

TEST_CASE("events name the replica, and what replicas do together is one") {
  const auto f = pmap([](const Tensor& x) { return psum(x * x, "batch"); },
                      {.axis_name = "batch", .replicas = 3});
  const Profiling profiling;
  f(uneven({3, 5}));
  const Events events = profiling.events();
  std::set<std::string> replicas;
  for (const json& step : events.with("name", "multiply")) {
    replicas.insert(step.at("args").at("replica").get<std::string>());
    CHECK(step.at("args").at("flops") == 5);
  }
  CHECK(replicas == std::set<std::string>{"replica 0 of axis \"batch\"",
                                          "replica 1 of axis \"batch\"",
                                          "replica 2 of axis \"batch\""});
  const json meeting = events.named("psum").at("args");
  CHECK(meeting.at("replicas") == 3);
  CHECK(meeting.at("flops") == 3 * 5);
  CHECK_FALSE(meeting.contains("replica"));
}

TEST_CASE("module paths may hold any bytes") {
  const auto module_of = [](const std::string& path) {
    const Profiling profiling;
    {
      const LabelScope scope(path);
      evaluate(exp(vector({1})));
    }
    return profiling.events().named("exp").at("args").at("module").get<std::string>();
  };
  const std::string plain = "/a \"b\" \\c\n\t\x01/größe/π/\xF0\x9F\x8C\xB1";
  CHECK(module_of(plain) == plain);
  const std::string kReplacement = "\xEF\xBF\xBD";
  CHECK(module_of("/\xFF/x") == "/" + kReplacement + "/x");
  CHECK(module_of("/cut \xC3") == "/cut " + kReplacement);
  // Too long a form of '/', and half of a pair of UTF-16.
  CHECK(module_of("/\xC0\xAF") == "/" + kReplacement + kReplacement);
  CHECK(module_of("/\xED\xA0\x80") == "/" + kReplacement + kReplacement + kReplacement);
}

TEST_CASE("a file has so many events at most, and says that it ends") {
  const Profiling profiling({.most_events = 5});
  const std::string said = captured_stderr([] {
    for (int i = 0; i < 10; ++i) evaluate(exp(vector({1})));
  });
  CHECK(occurrences(said, "linseed: the profile ") == 1);
  CHECK_THAT(said,
             Catch::Contains(profiling.file.string()) && Catch::Contains("LINSEED_PROFILE_EVENTS"));
  const Events events = profiling.events();
  CHECK(events.with("ph", "X").size() == 5);
  const std::vector<json> notes = events.with("ph", "i");
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes.front().at("name").get<std::string>(), Catch::Contains("the profile ends here"));
  CHECK(begin_of(notes.front()) >= end_of(events.with("ph", "X").back()));
}

TEST_CASE("a step that stops the run is in the file") {
  set_check_finite(true, {.most_files = 0});
  const Profiling profiling;
  CHECK_THROWS_AS(evaluate(exp(log(vector({0})))), NotFinite);
  set_check_finite(false);
  const Events events = profiling.events();
  events.named("log");
  events.named("evaluate");
  CHECK(events.with("name", "exp").empty());
}

TEST_CASE("a path that cannot be written is an error that names it, and a profile goes on") {
  const Profiling profiling;
  const auto path = profiling.directory.path() / "no such folder" / "trace.json";
  CHECK(fails<IoError>([&] { start_profile(path); },
                       {"profile", path.string(), "No such file or directory"}) == "");
  evaluate(exp(vector({1})));
  profiling.events().named("exp");
}

TEST_CASE("a profile ends where another begins, and after stop_profile nothing is written") {
  const Profiling first;
  evaluate(exp(vector({1})));
  {
    const Profiling second;
    evaluate(log(vector({1})));
    second.events().named("log");
    CHECK(second.events().with("name", "exp").empty());
  }
  evaluate(sin(vector({1})));
  first.events().named("exp");
  CHECK(first.events().with("name", "log").empty());
  CHECK(first.events().with("name", "sin").empty());
}

TEST_CASE("results have the same bits with a profile and without") {
  const TwoThreads two;
  const auto f = [] { return sum(matmul(exp(uneven({200, 100})), uneven({100, 300})), {0}); };
  const std::string expected = bits(f());
  const Profiling profiling;
  CHECK((bits(f()) == expected));
}

// Run by CMake with the variables set: they are read once in a process.
TEST_CASE("LINSEED_PROFILE is the file, and LINSEED_PROFILE_EVENTS its size",
          "[.profile_environment]") {
  const char* path = std::getenv("LINSEED_PROFILE");
  REQUIRE(path != nullptr);
  const std::string said = captured_stderr([] {
    for (int i = 0; i < 3; ++i) evaluate(exp(vector({1})));
  });
  CHECK_THAT(said, Catch::Contains("ends here"));
  const Events events(path);
  CHECK(events.with("ph", "X").size() == 4);
  CHECK(!events.with("name", "exp").empty());
}

TEST_CASE("a LINSEED_PROFILE that cannot be written is an error", "[.bad_profile_environment]") {
  const std::string path = std::getenv("LINSEED_PROFILE");
  CHECK(fails<IoError>([] { evaluate(vector({1}) + 1); },
                       {"LINSEED_PROFILE", path, "Is a directory"}) == "");
}

TEST_CASE("a LINSEED_PROFILE_EVENTS that is no number is an error", "[.bad_profile_events]") {
  CHECK(fails<InvalidArgument>([] { evaluate(vector({1}) + 1); },
                               {"LINSEED_PROFILE_EVENTS", "'many'"}) == "");
}

}  // namespace linseed::test
