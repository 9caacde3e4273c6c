// Planted fault: modules and optim do not see each other.
#pragma once

#include <oneapi/tbb.h>

#include <linseed/framework/../modules/sideways.h>
