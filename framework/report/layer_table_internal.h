// The layers of a network, from the program that runs it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <linseed/framework/io/exported.h>

namespace linseed::page {

/// One module, without the modules inside of it.
struct Layer {
  std::string path;          // "/block/Conv_1"; "/" for what no other module does
  Shape output;              // of its last step, of one image
  std::int64_t params = 0;   // numbers in its parameters
  std::int64_t state = 0;    // numbers in its running averages
  double multiply_adds = 0;  // of one image: half of its arithmetic operations
};

/// The modules of `predict`, a function of images [batch, …], in the order in which they run. A
/// tensor of the state belongs to the module that reads it first; it is a running average if it
/// comes from a Collection, whose names begin with '/'.
std::vector<Layer> layers_of(const Exported& predict);

/// A <table> with totals, and what share of the multiply-adds each layer has.
std::string layer_table(const std::vector<Layer>& layers);

}  // namespace linseed::page
