#include <linseed/framework/io/memory_file_internal.h>

namespace linseed::io {
namespace {

// What libhdf5 asks for when it would copy the image: each answer is the image itself, `udata`.

void* same_memory(std::size_t, H5FD_file_image_op_t, void* image) { return image; }

void* copy_nothing(void* to, const void* from, std::size_t, H5FD_file_image_op_t, void*) {
  return to == from ? to : nullptr;
}

void* refuse_to_grow(void*, std::size_t, H5FD_file_image_op_t, void*) { return nullptr; }

herr_t free_nothing(void*, H5FD_file_image_op_t, void*) { return 0; }

void* same_data(void* image) { return image; }

herr_t free_no_data(void*) { return 0; }

}  // namespace

Handle open_memory(std::span<const std::byte> bytes) {
  const Handle access = property_list(H5P_FILE_ACCESS);
  checked(H5Pset_fapl_core(access.id(), 1 << 16, false), "H5Pset_fapl_core");
  // Opened read-only below: libhdf5 never writes to it.
  auto* image = const_cast<std::byte*>(bytes.data());
  H5FD_file_image_callbacks_t callbacks = {same_memory, copy_nothing, refuse_to_grow, free_nothing,
                                           same_data,   free_no_data, image};
  checked(H5Pset_file_image_callbacks(access.id(), &callbacks), "H5Pset_file_image_callbacks");
  checked(H5Pset_file_image(access.id(), image, bytes.size()), "H5Pset_file_image");
  return Handle(H5Fopen("linseed checkpoint in memory", H5F_ACC_RDONLY, access.id()), H5Fclose,
                "H5Fopen");
}

}  // namespace linseed::io
