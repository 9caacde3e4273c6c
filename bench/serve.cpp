#include <chrono>
#include <iostream>
#include <map>
#include <sstream>

#include "case.h"

namespace bench {
namespace {

using nlohmann::json;

class Server {
 public:
  explicit Server(const std::vector<Case>& cases) : cases_(cases) {}

  json answer(const std::string& line) {
    std::istringstream words(line);
    std::string command, name;
    words >> command >> name;
    if (command == "open") return open(name, json::parse(words));
    Work& work = opened(name);
    if (command == "run") {
      int warm = 0, steps = 0;
      words >> warm >> steps;
      return seconds(work, warm, steps);
    }
    if (command == "losses") {
      int steps = 0;
      words >> steps;
      return losses(work, steps);
    }
    if (command == "close") return open_.erase(name);
    throw linseed::InvalidArgument("bench: no command \"{}\"", command);
  }

 private:
  json open(const std::string& name, const json& spec) {
    for (const Case& known : cases_) {
      if (known.name != name) continue;
      auto work = known.prepare();
      if (spec.contains("initial")) work->save(spec["initial"].get<std::string>());
      const double first = seconds(*work, 0, 1);
      open_[name] = std::move(work);
      return first;
    }
    throw linseed::InvalidArgument("bench: no case \"{}\"", name);
  }

  Work& opened(const std::string& name) {
    const auto found = open_.find(name);
    if (found == open_.end()) throw linseed::InvalidArgument("bench: \"{}\" is not open", name);
    return *found->second;
  }

  static double seconds(Work& work, int warm, int steps) {
    work.reset();
    for (int i = 0; i < warm; ++i) work.step();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < steps; ++i) work.step();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  static json losses(Work& work, int steps) {
    json losses = json::array();
    work.reset();
    for (int i = 0; i < steps; ++i) {
      work.step();
      losses.push_back(work.loss());
    }
    return losses;
  }

  const std::vector<Case>& cases_;
  std::map<std::string, std::unique_ptr<Work>> open_;
};

}  // namespace

void serve(const std::vector<Case>& cases) {
  Server server(cases);
  std::cout << json{{"ok", {{"name", "linseed"}, {"versions", json::object()}}}} << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    json reply;
    try {
      reply = {{"ok", server.answer(line)}};
    } catch (const std::exception& error) {
      reply = {{"error", error.what()}};
    }
    std::cout << reply.dump() << std::endl;
  }
}

}  // namespace bench
