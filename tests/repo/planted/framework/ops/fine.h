// No fault.
#pragma once

#include <linseed/framework/core/upward.h>
