// Text for a page of HTML that is well-formed XML, too: each element is closed, each attribute
// quoted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace linseed::page {

/// `text` between elements or in a quoted attribute. What is no UTF-8, and the control characters
/// that XML does not have, become U+FFFD.
std::string escaped(std::string_view text);

/// "1,234,567", with a true minus.
std::string grouped(std::int64_t value);

/// Four digits as people read them: "0.9163", "1,404", "2.5·10⁻⁷", "NaN".
std::string number(double value);

/// "91.6 %", of a share.
std::string percent(double share, int decimals = 1);

/// "48 s", "2 min 41 s", "3 h 05 min".
std::string duration(double seconds);

/// "26 November 2026, 22:16 UTC", of seconds since 1970.
std::string date(double seconds);

/// `bytes` as a data: address.
std::string data_uri(std::string_view media_type, std::string_view bytes);

/// A paragraph that is to be noticed.
std::string warning(std::string_view text);

}  // namespace linseed::page
