#include <linseed/framework/io/hdf5_library_internal.h>

#include <dlfcn.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/hdf5_internal.h>

namespace linseed::io {

#define LINSEED_DEFINE(name) decltype(&::name) name = nullptr;
LINSEED_HDF5_FUNCTIONS(LINSEED_DEFINE)
#undef LINSEED_DEFINE
#define LINSEED_DEFINE(name) hid_t name = H5I_INVALID_HID;
LINSEED_HDF5_IDS(LINSEED_DEFINE)
#undef LINSEED_DEFINE

namespace {

[[noreturn]] void throw_not_loaded() {
  const char* reason = dlerror();
  throw NotSupported(
      "checkpoints and HDF5 files of images need {}, which Debian's libhdf5-dev brings: {}",
      LINSEED_HDF5_LIBRARY, reason == nullptr ? "no reason given" : reason);
}

/// The library stays loaded to the end of the process: what it registers at exit lies in it.
void* open_library() {
  void* library = dlopen(LINSEED_HDF5_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw_not_loaded();
  return library;
}

/// What the library itself means by `name`: a program that links it, too, may hold a copy of it.
template <class T>
T* symbol(void* library, const char* name) {
  void* found = dlsym(RTLD_DEFAULT, name);
  if (found == nullptr) found = dlsym(library, name);
  if (found == nullptr) throw_not_loaded();
  return reinterpret_cast<T*>(found);
}

}  // namespace

void load_hdf5() {
  static void* const library = open_library();
  if (H5open == nullptr) {
#define LINSEED_FIND(name) name = symbol<decltype(::name)>(library, #name);
    LINSEED_HDF5_FUNCTIONS(LINSEED_FIND)
#undef LINSEED_FIND
  }
  checked(H5open(), "H5open");
#define LINSEED_FIND(name)                                                \
  static const hid_t* const name##_place = symbol<hid_t>(library, #name); \
  name = *name##_place;
  LINSEED_HDF5_IDS(LINSEED_FIND)
#undef LINSEED_FIND
}

}  // namespace linseed::io
