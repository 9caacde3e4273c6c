#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include <linseed/framework/report/confusion_internal.h>
#include <linseed/framework/report/html_internal.h>
#include <linseed/framework/report/picture_internal.h>

namespace linseed::page {
namespace {

constexpr std::size_t kMostWithNumbers = 20;  // classes
constexpr std::size_t kMostPairs = 8;

/// A label that is taken for another class.
struct Mistake {
  std::size_t label;
  std::size_t prediction;
  std::int64_t count;
  std::int64_t of;  // images with that label
};

std::int64_t sum(const std::vector<std::int64_t>& row) {
  return std::accumulate(row.begin(), row.end(), std::int64_t{0});
}

double share(std::int64_t count, std::int64_t of) {
  return of == 0 ? 0 : static_cast<double>(count) / static_cast<double>(of);
}

/// The most frequent first, of equal ones in the order of the matrix.
std::vector<Mistake> mistakes(const Confusion& confusion) {
  std::vector<Mistake> all;
  for (std::size_t i = 0; i < confusion.counts.size(); ++i) {
    const auto& row = confusion.counts[i];
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (i != j && row[j] > 0) all.push_back({i, j, row[j], sum(row)});
    }
  }
  std::ranges::stable_sort(all, std::greater<>(), &Mistake::count);
  return all;
}

/// How strongly a cell is coloured: mistakes are rare and to be seen, hence the root.
double strength(double part, bool is_right) { return is_right ? part : std::sqrt(part); }

std::string cell(const Confusion& confusion, std::size_t label, std::size_t prediction,
                 std::int64_t of) {
  const std::int64_t count = confusion.counts[label][prediction];
  if (count == 0) return "<td></td>";
  const bool is_right = label == prediction;
  const double part = strength(share(count, of), is_right);
  return fmt::format(
      "<td class=\"{}{}\" style=\"--p:{:.3f}\" title=\"{} of {} “{}” are taken for “{}”\">{}</td>",
      is_right ? "right" : "wrong", part > 0.55 ? " strong" : "", part, grouped(count), grouped(of),
      escaped(confusion.classes[label]), escaped(confusion.classes[prediction]), grouped(count));
}

std::string matrix_with_numbers(const Confusion& confusion) {
  std::string html = "<div class=\"scroll\"><table class=\"confusion\">\n<thead><tr><th></th>";
  for (const std::string& name : confusion.classes) {
    html += fmt::format("<th scope=\"col\"><span>{}</span></th>", escaped(name));
  }
  html += "<th scope=\"col\" class=\"accuracy\"><span>accuracy</span></th></tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < confusion.classes.size(); ++i) {
    const std::int64_t of = sum(confusion.counts[i]);
    html += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(confusion.classes[i]));
    for (std::size_t j = 0; j < confusion.classes.size(); ++j) {
      html += cell(confusion, i, j, of);
    }
    html += fmt::format("<td class=\"accuracy\">{}</td></tr>\n",
                        of == 0 ? "–" : percent(share(confusion.counts[i][i], of)));
  }
  return html + "</tbody></table></div>\n";
}

/// Too many classes for numbers.
std::string matrix_of_colours(const Confusion& confusion) {
  const std::size_t classes = confusion.classes.size();
  std::string html = fmt::format(
      "<svg class=\"heat\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"confusion matrix\">\n",
      classes, classes);
  for (std::size_t i = 0; i < classes; ++i) {
    const std::int64_t of = sum(confusion.counts[i]);
    for (std::size_t j = 0; j < classes; ++j) {
      const std::int64_t count = confusion.counts[i][j];
      if (count == 0) continue;
      html += fmt::format("<path class=\"{}\" d=\"M{} {}h1v1h-1z\" opacity=\"{:.3f}\"/>",
                          i == j ? "right" : "wrong", j, i, strength(share(count, of), i == j));
    }
    html += '\n';
  }
  return html + "</svg>\n";
}

/// The classes that are predicted least well, where the matrix does not say it of all.
std::string weakest_classes(const Confusion& confusion) {
  std::vector<std::pair<double, std::size_t>> all;
  for (std::size_t i = 0; i < confusion.classes.size(); ++i) {
    const std::int64_t of = sum(confusion.counts[i]);
    if (of > 0) all.emplace_back(share(confusion.counts[i][i], of), i);
  }
  std::ranges::sort(all);
  all.resize(std::min(all.size(), kMostPairs));
  std::string html = "<div><h3>Lowest accuracy</h3>\n<ol class=\"ranked\">\n";
  for (const auto& [accuracy, i] : all) {
    html += fmt::format("<li><span>{}</span><span class=\"n\">{}</span></li>\n",
                        escaped(confusion.classes[i]), percent(accuracy));
  }
  return html + "</ol></div>\n";
}

std::string most_confused(const Confusion& confusion) {
  std::vector<Mistake> all = mistakes(confusion);
  if (all.empty()) return "";
  all.resize(std::min(all.size(), kMostPairs));
  std::string html = "<div><h3>Most often confused</h3>\n<ol class=\"ranked\">\n";
  for (const Mistake& mistake : all) {
    html += fmt::format(
        "<li><span>{} <i>taken for</i> {}</span><span class=\"n\">{} "
        "<small>{}</small></span></li>\n",
        escaped(confusion.classes[mistake.label]), escaped(confusion.classes[mistake.prediction]),
        grouped(mistake.count), percent(share(mistake.count, mistake.of)));
  }
  return html + "</ol></div>\n";
}

/// What could not be counted.
std::string warnings(const Confusion& confusion) {
  std::vector<std::string> lines;
  if (confusion.not_finite > 0) {
    lines.push_back(fmt::format("For {} of the images the network's output is not finite.",
                                grouped(confusion.not_finite)));
  }
  const std::size_t broken = confusion.broken.size();
  if (broken > 0) {
    lines.push_back(fmt::format("{} image{} could not be read: {}{}",
                                grouped(static_cast<std::int64_t>(broken)), broken == 1 ? "" : "s",
                                confusion.broken.front(), broken == 1 ? "" : "; …"));
  }
  std::string html;
  for (const std::string& line : lines) html += warning(line);
  return html;
}

}  // namespace

std::string confusion_html(const Confusion& confusion) {
  const bool has_numbers = confusion.classes.size() <= kMostWithNumbers;
  return fmt::format(
      "{}<p>Accuracy {} on {} images, mean loss {}. Rows are labels, columns "
      "predictions.</p>\n<div class=\"matrix\">{}<div class=\"lists\">{}{}</div></div>\n",
      warnings(confusion), percent(confusion.accuracy(), 2),
      grouped(confusion.images() + confusion.not_finite), number(confusion.mean_loss),
      has_numbers ? matrix_with_numbers(confusion) : matrix_of_colours(confusion),
      most_confused(confusion), has_numbers ? "" : weakest_classes(confusion));
}

std::string worst_html(const Confusion& confusion, const data::Dataset& images) {
  std::string html = "<div class=\"worst\">\n";
  for (const Prediction& own : confusion.worst) {
    const auto [image, label] = data::read_image(images, own.index);
    const std::string& is = confusion.classes[static_cast<std::size_t>(own.label)];
    const std::string& taken_for = confusion.classes[static_cast<std::size_t>(own.predicted)];
    const bool is_right = own.label == own.predicted;
    html += fmt::format(
        "<figure>{}<figcaption><b>{}</b><span class=\"{}\">{}</span><span>{}</span>"
        "<small>loss {}</small>"
        "</figcaption></figure>\n",
        picture(image.pixels, image.shape.height, image.shape.width, image.shape.channels,
                fmt::format("image {}", own.index)),
        escaped(is), is_right ? "" : "taken", is_right ? "correct" : "as " + escaped(taken_for),
        percent(own.probability), number(own.loss));
  }
  return html + "</div>\n";
}

}  // namespace linseed::page
