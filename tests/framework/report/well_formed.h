// Whether a page is well-formed XML, as browsers do not say.
#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace linseed::test {

/// Goes through markup that may have a <!DOCTYPE>, elements, quoted attributes and the five
/// entities of XML, and nothing else. (section 3 of XML 1.0)
class MarkupReader {
 public:
  explicit MarkupReader(std::string_view text) : text_(text) {}

  /// "" or what is wrong, and what stands there.
  std::string problem() {
    if (text_.starts_with("<!DOCTYPE html>")) at_ = 15;
    while (problem_.empty() && at_ < text_.size()) {
      text_[at_] == '<' ? tag() : text();
    }
    if (problem_.empty() && !open_.empty()) fail("<" + open_.back() + "> is not closed");
    return problem_;
  }

 private:
  void fail(const std::string& what) {
    problem_ = what + " at: " + std::string(text_.substr(at_, 60));
  }

  bool take(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  std::string name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '-' || text_[at_] == ':')) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  void text() {
    if (text_[at_] != '&') {
      ++at_;
      return;
    }
    for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
      if (take(entity)) return;
    }
    fail("no entity");
  }

  void tag() {
    ++at_;
    if (take("/")) return end_tag();
    const std::string element = name();
    if (element.empty()) return fail("no name of an element");
    std::vector<std::string> attributes;
    while (problem_.empty()) {
      const bool has_space = take(" ");
      if (take("/>")) return;
      if (take(">")) return open_.push_back(element);
      if (!has_space) return fail("no space before an attribute");
      attribute(attributes);
    }
  }

  void end_tag() {
    const std::string element = name();
    if (open_.empty() || open_.back() != element) return fail("</" + element + "> closes nothing");
    open_.pop_back();
    if (!take(">")) fail("no end of a tag");
  }

  void attribute(std::vector<std::string>& known) {
    const std::string own = name();
    if (own.empty() || !take("=\"")) return fail("no attribute");
    for (const std::string& other : known) {
      if (other == own) return fail("a second " + own);
    }
    known.push_back(own);
    while (problem_.empty() && !take("\"")) {
      if (at_ >= text_.size() || text_[at_] == '<') return fail("no end of an attribute");
      text();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> open_;
  std::string problem_;
};

/// "" if `page` is well-formed, else what is not.
inline std::string markup_problem(std::string_view page) { return MarkupReader(page).problem(); }

/// How often `part` is in `text`.
inline int count_of(std::string_view text, std::string_view part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace linseed::test
