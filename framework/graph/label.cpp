#include <linseed/framework/graph/label.h>

#include <array>
#include <map>
#include <mutex>

namespace linseed {
namespace {

/// The labels of one path: forward and backward, each with and without the check.
class Labels {
 public:
  explicit Labels(const std::string& path) {
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      const bool may_be_infinite = (i & 2) != 0;
      labels_[i] = {path, (i & 1) != 0, may_be_infinite, &labels_[i | 1], &labels_[i | 2]};
    }
  }
  Labels(const Labels&) = delete;
  Labels& operator=(const Labels&) = delete;

  const Label* like(const Label& other) const {
    return &labels_[(other.is_backward ? 1U : 0U) | (other.may_be_infinite ? 2U : 0U)];
  }

 private:
  std::array<Label, 4> labels_;
};

const Labels& labels_of(const std::string& path) {
  static std::mutex mutex;
  static auto& known = *new std::map<std::string, Labels>;  // outlives every node
  const std::scoped_lock lock(mutex);
  return known.try_emplace(path, path).first->second;
}

const Labels& labels_without_module() {
  static const Labels& labels = labels_of("");
  return labels;
}

thread_local const Label* current_label = nullptr;

}  // namespace

const Label* Label::none() { return labels_without_module().like({}); }

std::string to_string(const Label& label) {
  return (label.path.empty() ? "(no module)" : label.path) +
         (label.is_backward ? " (backward)" : "");
}

LabelScope::LabelScope(const Label* label) : outer_(current_label) { current_label = label; }

LabelScope::LabelScope(std::string path) : LabelScope(labels_of(path).like(*current())) {}

LabelScope::~LabelScope() { current_label = outer_; }

const Label* LabelScope::current() {
  if (current_label == nullptr) current_label = Label::none();
  return current_label;
}

}  // namespace linseed
