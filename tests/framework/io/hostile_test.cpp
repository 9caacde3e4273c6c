// HDF5 files under a sound header that hold what linseed does not write are refused.
#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/checksum_internal.h>
#include <linseed/framework/io/hdf5_internal.h>
#include <linseed/tests/framework/io/support.h>

using namespace linseed;
using namespace linseed::test;
using Catch::Contains;

namespace {

/// The checkpoint whose file `change` has altered through libhdf5, under a header that fits.
class Altered {
 public:
  template <class Refusal = DataCorruption, class Change>
  std::string message(Change change) {
    const auto path = save_checkpoint(directory_.path(), state_, 1, {.overwrite = true});
    {
      const io::Hdf5Session session;
      const io::Handle access = io::property_list(H5P_FILE_ACCESS);
      io::checked(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18), "bounds");
      const io::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), H5Fclose, "open");
      change(file.id());
    }
    const std::string bytes = read_file(path);
    const auto all = std::as_bytes(std::span(bytes));
    io::Header header = io::decode_header(all, "altered");
    header.payload_bytes = bytes.size() - io::kHeaderBytes;
    header.payload_crc = io::crc32c(all.subspan(io::kHeaderBytes));
    const auto encoded = io::encode_header(header);
    write_file(path, std::string(reinterpret_cast<const char*>(encoded.data()), encoded.size()) +
                         bytes.substr(io::kHeaderBytes));
    return message_of<Refusal>([&] { restore_checkpoint(directory_.path(), state_); });
  }

 private:
  TemporaryDirectory directory_;
  Tree state_{{"kernel", Tensor::from({1.f, 2.f, 3.f}, {3})}, {"inner", Tree()}};
};

io::Handle space_of(std::vector<hsize_t> dims, hsize_t limit = 0) {
  const std::vector<hsize_t> limits(dims.size(), limit);
  return io::Handle(H5Screate_simple(static_cast<int>(dims.size()), dims.data(),
                                     limit == 0 ? nullptr : limits.data()),
                    H5Sclose, "space");
}

void make_dataset(hid_t file, hid_t type, const io::Handle& space, const io::Handle& properties) {
  const io::Handle dataset(H5Dcreate2(file, "/state/inner/x", type, space.id(), H5P_DEFAULT,
                                      properties.id(), H5P_DEFAULT),
                           H5Dclose, "dataset");
}

io::Handle dataset_properties() { return io::property_list(H5P_DATASET_CREATE); }

void remove_attribute(hid_t file, const char* object, const char* name) {
  io::checked(H5Adelete_by_name(file, object, name, H5P_DEFAULT), "remove");
}

}  // namespace

TEST_CASE("a file that was opened and closed by HDF5 is still a checkpoint") {
  CHECK(Altered().message([](hid_t) {}).empty());
}

TEST_CASE("a dataset that is gone is missed by its name") {
  Altered altered;
  const auto remove = [](hid_t file) {
    io::checked(H5Ldelete(file, "/state/kernel", H5P_DEFAULT), "delete");
  };
  CHECK_THAT(altered.message<InvalidArgument>(remove), Contains("missing") && Contains("kernel"));
}

TEST_CASE("links that are not hard, and objects with two names, are refused") {
  Altered altered;
  CHECK_THAT(altered.message([](hid_t file) {
    io::checked(H5Lcreate_soft("/state/kernel", file, "/state/inner/x", 0, 0), "link");
  }),
             Contains("/state/inner/x") && Contains("not hard"));
  CHECK_THAT(altered.message([](hid_t file) {
    io::checked(H5Lcreate_external("/etc/passwd", "/", file, "/state/inner/x", 0, 0), "link");
  }),
             Contains("not hard"));
  CHECK_THAT(altered.message([](hid_t file) {
    io::checked(H5Ldelete(file, "/state", H5P_DEFAULT), "delete");
    io::checked(H5Lcreate_soft("/meta", file, "/state", 0, 0), "link");
  }),
             Contains("not hard"));
  for (const char* target : {"/state/kernel", "/state", "/"}) {
    CHECK_THAT(altered.message([&](hid_t file) {
      io::checked(H5Lcreate_hard(file, target, file, "/state/inner/x", 0, 0), "link");
    }),
               Contains("two names"));
  }
}

TEST_CASE("layouts other than contiguous are refused before anything is allocated") {
  Altered altered;
  const auto refused = [&](auto prepare, hsize_t limit, const char* words) {
    CHECK_THAT(altered.message([&](hid_t file) {
      const io::Handle properties = dataset_properties();
      prepare(properties.id());
      make_dataset(file, H5T_IEEE_F32LE, space_of({1 << 20}, limit), properties);
    }),
               Contains("/state/inner/x") && Contains(words));
  };
  const hsize_t chunk[] = {1024};
  refused([&](hid_t list) { H5Pset_chunk(list, 1, chunk); }, 0, "not contiguous");
  refused([&](hid_t list) { H5Pset_chunk(list, 1, chunk), H5Pset_deflate(list, 9); }, 0,
          "not contiguous");
  refused([&](hid_t list) { H5Pset_chunk(list, 1, chunk); }, H5S_UNLIMITED, "not contiguous");
  refused([&](hid_t list) { H5Pset_external(list, "/etc/passwd", 0, 4 << 20); }, 0, "another file");
  // Declared, but never stored.
  refused([](hid_t) {}, 0, "shape and its data differ");
  CHECK_THAT(altered.message([&](hid_t file) {
    make_dataset(file, H5T_STD_U8LE, space_of({hsize_t{1} << 40, 1 << 20}), dataset_properties());
  }),
             Contains("differ"));
}

TEST_CASE("foreign types are refused") {
  Altered altered;
  const auto refused = [&](hid_t type, const char* words) {
    CHECK_THAT(altered.message([&](hid_t file) {
      make_dataset(file, type, space_of({2}), dataset_properties());
    }),
               Contains("/state/inner/x") && Contains(words));
  };
  const io::Hdf5Session session;
  const io::Handle text(H5Tcopy(H5T_C_S1), H5Tclose, "type");
  io::checked(H5Tset_size(text.id(), H5T_VARIABLE), "size");
  const io::Handle list(H5Tvlen_create(H5T_IEEE_F32LE), H5Tclose, "type");
  const io::Handle compound(H5Tcreate(H5T_COMPOUND, 8), H5Tclose, "type");
  io::checked(H5Tinsert(compound.id(), "r", 0, H5T_IEEE_F32LE), "insert");
  for (const hid_t type : {text.id(), list.id(), compound.id(), H5T_STD_REF_OBJ, H5T_IEEE_F32BE,
                           H5T_STD_B8LE, H5T_UNIX_D32LE, H5T_STD_I16LE}) {
    refused(type, "none that linseed writes");
  }
  CHECK_THAT(altered.message([&](hid_t file) {
    const io::Handle named(H5Tcopy(H5T_IEEE_F32LE), H5Tclose, "type");
    io::checked(H5Tcommit2(file, "/state/inner/x", named.id(), 0, 0, 0), "commit");
  }),
             Contains("neither a group nor a dataset"));
  CHECK_THAT(altered.message([&](hid_t file) {
    const io::Handle named(H5Tcopy(H5T_IEEE_F32LE), H5Tclose, "type");
    io::checked(H5Tcommit2(file, "/type", named.id(), 0, 0, 0), "commit");
    make_dataset(file, named.id(), space_of({2}), dataset_properties());
  }),
             Contains("its type has a name"));
}

TEST_CASE("attributes that are missing, or not what they should be, are refused") {
  Altered altered;
  for (const char* name : {"format", "format_version", "step", "uuid", "complete"}) {
    CHECK_THAT(altered.message([&](hid_t file) { remove_attribute(file, "/", name); }),
               Contains(name));
  }
  CHECK_THAT(altered.message([](hid_t file) { remove_attribute(file, "/state/inner", "kind"); }),
             Contains("/state/inner") && Contains("kind"));
  for (const char* name : {"crc32c", "dtype"}) {
    CHECK_THAT(altered.message([&](hid_t file) { remove_attribute(file, "/state/kernel", name); }),
               Contains("/state/kernel") && Contains(name));
  }
  CHECK_THAT(altered.message([](hid_t file) {
    remove_attribute(file, "/state/inner", "kind");
    const io::Handle text(H5Tcopy(H5T_C_S1), H5Tclose, "type");
    io::checked(H5Tset_size(text.id(), H5T_VARIABLE), "size");
    const io::Handle space(H5Screate(H5S_SCALAR), H5Sclose, "space");
    const io::Handle attribute(
        H5Acreate_by_name(file, "/state/inner", "kind", text.id(), space.id(), 0, 0, 0), H5Aclose,
        "attribute");
  }),
             Contains("fixed length"));
}

TEST_CASE("names that linseed does not write, or too long, are refused") {
  Altered altered;
  for (const char* name : {"/state/%2f", "/state/a%", "/state/%41", "/state/%0"}) {
    CHECK_THAT(altered.message([&](hid_t file) {
      io::checked(H5Lmove(file, "/state/kernel", file, name, 0, 0), "move");
    }),
               Contains("does not write"));
  }
  CHECK_THAT(altered.message([](hid_t file) {
    const std::string name = "/state/" + std::string(3000, 'x');
    io::checked(H5Lmove(file, "/state/kernel", file, name.c_str(), 0, 0), "move");
  }),
             Contains("too long"));
}
