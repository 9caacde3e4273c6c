// A program that writes no checkpoint does not load HDF5: a start stays short.
#include <fstream>
#include <iostream>
#include <string>

#include <linseed/linseed.h>

namespace {

bool hdf5_is_loaded() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("hdf5") != std::string::npos) return true;
  }
  return false;
}

}  // namespace

int main(int, char** argv) {
  const auto sum = linseed::sum(linseed::arange(4, linseed::float32));
  if (sum.item<float>() != 6 || hdf5_is_loaded()) {
    std::cerr << "HDF5 is loaded before the first checkpoint\n";
    return 1;
  }
  linseed::save_checkpoint(argv[1], sum, 1, {.overwrite = true});
  if (!hdf5_is_loaded()) {
    std::cerr << "a checkpoint is written, but no library has hdf5 in its name\n";
    return 1;
  }
  return 0;
}
