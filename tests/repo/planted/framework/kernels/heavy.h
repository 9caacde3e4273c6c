// Planted fault: a public header gets here.
#pragma once

#include <hdf5.h>
