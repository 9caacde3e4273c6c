#include <linseed/framework/plan/profile.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>

#include <linseed/framework/core/error.h>
#include <linseed/framework/plan/profile_file_internal.h>
#include <linseed/framework/plan/profile_internal.h>

namespace linseed {
namespace {

std::atomic<bool> on = false;

struct Profile {
  std::mutex mutex;
  int number = 0;  // of the profile that is on, or was last
  std::unique_ptr<ProfileFile> file;
  std::vector<ProfileEvent> events;  // that are not in the file yet

  void write() {
    if (file) file->write(events);
    events.clear();
  }
};

/// Lives until the process does: threads may end their steps after all static variables.
Profile& profile() {
  static Profile* const only = new Profile;
  return *only;
}

void start(const std::filesystem::path& path, const ProfileOptions& options) {
  auto file = path.empty() ? nullptr : std::make_unique<ProfileFile>(path, options.most_events);
  const std::scoped_lock lock(profile().mutex);
  profile().write();
  profile().file = std::move(file);
  ++profile().number;
  on.store(true);
}

ProfileOptions options_of_environment() {
  ProfileOptions options;
  const char* text = std::getenv("LINSEED_PROFILE_EVENTS");
  if (text == nullptr) return options;
  const std::string_view digits = text;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, options.most_events);
  if (error != std::errc() || stop != end) {
    throw InvalidArgument("LINSEED_PROFILE_EVENTS: a number of events was expected, got '{}'",
                          text);
  }
  return options;
}

void start_as_environment_says() {
  const char* path = std::getenv("LINSEED_PROFILE");
  if (path == nullptr || *path == '\0') return;
  try {
    start(path, options_of_environment());
  } catch (const IoError& error) {
    throw IoError("LINSEED_PROFILE: {}", error.what());
  }
}

bool is_on() {
  static const bool is_started = (start_as_environment_says(), true);
  static_cast<void>(is_started);
  return on.load(std::memory_order_relaxed);
}

std::int64_t now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

thread_local bool is_caller = false;

Track this_track() {
  static std::atomic<int> count = 0;
  thread_local const int number = ++count;
  return {number, is_caller};
}

void record(ProfileEvent event, StepTimes* times = nullptr) {
  constexpr std::size_t kMostPending = 4096;
  Profile& to = profile();
  const std::scoped_lock lock(to.mutex);
  if (!on.load()) return;
  if (times != nullptr) {
    if (times->profile != to.number) *times = {.profile = to.number};
    times->calls += event.replicas;
    times->nanoseconds += event.end - event.begin;
  }
  if (!to.file) return;
  to.events.push_back(std::move(event));
  if (to.events.size() >= kMostPending) to.write();
}

/// What the threads did of one loop. What a thread did in one go is one event, however many ranges
/// it was handed.
class LoopParts {
 public:
  LoopParts(const ProfileEvent& step, std::int64_t items) : step_(step), items_(items) {}

  void add(std::int64_t items, std::int64_t begin, std::int64_t end) {
    constexpr std::int64_t kOneGo = 10'000;  // a longer pause is seen
    const Track track = this_track();
    const std::scoped_lock lock(mutex_);
    const auto last = std::find_if(parts_.rbegin(), parts_.rend(), [&](const ProfileEvent& part) {
      return part.track.number == track.number;
    });
    if (last != parts_.rend() && begin - last->end < kOneGo) {
      last->items += items;
      last->end = end;
      return;
    }
    ProfileEvent part = step_;
    part.track = track;
    part.begin = begin;
    part.end = end;
    part.items = items;
    part.all_items = items_;
    parts_.push_back(std::move(part));
  }

  void record_all() {
    for (ProfileEvent& part : parts_) record(std::move(part));
  }

 private:
  const ProfileEvent& step_;
  std::int64_t items_;
  std::mutex mutex_;
  std::vector<ProfileEvent> parts_;
};

/// The replica that runs `place`, if it is in a program of one.
std::string replica_around(const StepPlace& place) {
  const StepPlace* at = &place;
  while (at->axes.empty() && at->outer != nullptr) at = at->outer;
  return replica_text(*at);
}

}  // namespace

void start_profile(const std::filesystem::path& file, ProfileOptions options) {
  is_on();  // what the environment says comes first, not later
  start(file, options);
}

void stop_profile() {
  const std::scoped_lock lock(profile().mutex);
  profile().write();
  profile().file.reset();
  on.store(false);
}

StepTimes read_times(const StepTimes& times) {
  const std::scoped_lock lock(profile().mutex);
  return times.profile == profile().number ? times : StepTimes{};
}

ProfileScope::ProfileScope(const char* name, StepTimes* times) : name_(name), times_(times) {
  if (!linseed::is_on()) return;
  is_caller = true;
  begin_ = now();
}

ProfileScope::~ProfileScope() {
  if (!is_on()) return;
  record({name_, this_track(), begin_, now()}, times_);
  const std::scoped_lock lock(profile().mutex);
  profile().write();
}

void StepTimer::start(const Plan& plan, const StepPlace& place, std::size_t replicas) {
  times_ = &plan.times->steps[static_cast<std::size_t>(place.number)];
  event_ = ProfileEvent{.name = place.step().primitive->name,
                        .track = this_track(),
                        .begin = 0,
                        .end = 0,
                        .program = &place.program,
                        .step = place.number,
                        .replica = replica_around(place),
                        .replicas = static_cast<std::int64_t>(replicas)};
  timed_ = [this](std::int64_t items, double cost, const RangeBody& body) {
    run_parts(items, cost, body);
  };
  event_->begin = now();
}

void StepTimer::run_parts(std::int64_t items, double cost, const RangeBody& body) const {
  LoopParts parts(*event_, items);
  parallel_(items, cost, [&](std::int64_t first, std::int64_t last) {
    // A loop that one thread does as a whole is seen from its step.
    if (last - first == items) return body(first, last);
    const std::int64_t begin = now();
    body(first, last);
    parts.add(last - first, begin, now());
  });
  parts.record_all();
}

void StepTimer::stop() {
  event_->end = now();
  record(std::move(*event_), times_);
}

}  // namespace linseed
