// No fault: the umbrella includes all.
#pragma once

#include <linseed/modules/sideways.h>
