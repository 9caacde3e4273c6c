#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include <linseed/framework/core/utf8_internal.h>
#include <linseed/framework/report/html_internal.h>

namespace linseed::page {
namespace {

constexpr std::string_view kMinus = "\u2212";
constexpr std::string_view kReplacement = "\ufffd";

std::string_view entity(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return {};
  }
}

/// Of one character: XML 1.0, section 2.2, has no other control characters, nor U+FFFE and U+FFFF.
bool is_of_xml(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (first < 0x20) return first == '\t' || first == '\n' || first == '\r';
  return character != "\ufffe" && character != "\uffff";
}

std::string superscript(int value) {
  constexpr std::string_view kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = value < 0 ? "⁻" : "";
  for (const char digit : std::to_string(std::abs(value))) {
    text += kDigits[static_cast<std::size_t>(digit - '0')];
  }
  return text;
}

/// Without zeros behind the point.
std::string trimmed(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(1, length_of_character(text));
    const std::string_view character = text.substr(0, length);
    if (length_of_character(text) == 0 || !is_of_xml(character)) {
      result += kReplacement;
    } else if (const auto name = entity(text.front()); !name.empty()) {
      result += name;
    } else {
      result += character;
    }
    text.remove_prefix(length);
  }
  return result;
}

std::string warning(std::string_view text) {
  return fmt::format("<p class=\"warn\">{}</p>\n", escaped(text));
}

std::string grouped(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::size_t sign = value < 0;
  for (std::size_t i = digits.size(); i > sign + 3; i -= 3) digits.insert(i - 3, 1, ',');
  return sign != 0 ? std::string(kMinus) + digits.substr(1) : digits;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  const std::string sign(value < 0 ? kMinus : "");
  const double size = std::abs(value);
  if (std::isinf(size)) return sign + "∞";
  if (size == 0) return "0";
  if (size >= 999.95 && size < 1e7) return sign + grouped(std::llround(size));
  if (size >= 1e-4 && size < 1e7) {
    const int decimals = 3 - static_cast<int>(std::floor(std::log10(size)));
    return sign + trimmed(fmt::format("{:.{}f}", size, decimals));
  }
  const std::string text = fmt::format("{:.2e}", size);
  const std::size_t e = text.find('e');
  return sign + trimmed(text.substr(0, e)) + "·10" + superscript(std::stoi(text.substr(e + 1)));
}

std::string percent(double share, int decimals) {
  return std::isfinite(share) ? fmt::format("{:.{}f}\u202f%", 100 * share, decimals) : "–";
}

std::string duration(double seconds) {
  constexpr double kMost = 1e9;  // hours; beyond it is no duration of a run
  if (!(seconds >= 0) || seconds / 3600 > kMost) return "–";
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", grouped(whole / 3600), whole % 3600 / 60);
}

std::string date(double seconds) {
  constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
  constexpr double kMost = 253402300800;  // the year 10000
  if (!(seconds >= 0) || seconds >= kMost) return "–";
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(static_cast<std::int64_t>(seconds))};
  const year_month_day day{floor<days>(time)};
  const hh_mm_ss clock{time - floor<days>(time)};
  return fmt::format("{} {} {}, {:02}:{:02} UTC", static_cast<unsigned>(day.day()),
                     kMonths[static_cast<unsigned>(day.month()) - 1], static_cast<int>(day.year()),
                     clock.hours().count(), clock.minutes().count());
}

std::string data_uri(std::string_view media_type, std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends it with a zero
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  text.pop_back();
  return fmt::format("data:{};base64,{}", media_type, text);
}

}  // namespace linseed::page
