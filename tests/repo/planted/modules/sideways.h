// Planted faults: modules and optim do not see each other; escapes do not hide that.
#pragma once

// clang-format off
inline const char* text = "a;b[c\
d]";
#  include "../optim/sideways.h"
#include <linseed/framework/linseed.h>
