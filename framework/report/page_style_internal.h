// How the page looks, and what it does when it is pointed at.
#pragma once

#include <string_view>

namespace linseed::page {

/// CSS: light or dark as the reader's system is, one column on a phone, plain on paper. Colours are
/// those of Okabe and Ito, which readers who are blind to some can tell apart.
std::string_view style();

/// JavaScript that shows the values of curves under the pointer. The page is whole without it. It
/// has neither '<' nor '&', so that the page is XML, too.
std::string_view script();

}  // namespace linseed::page
