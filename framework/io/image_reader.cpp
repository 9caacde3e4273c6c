#include <linseed/framework/io/image_reader_internal.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/io/checksum_internal.h>
#include <linseed/framework/io/hdf5_internal.h>
#include <linseed/framework/io/image_writer_internal.h>
#include <linseed/framework/io/memory_file_internal.h>
#include <linseed/framework/io/names_internal.h>

namespace linseed::io {
namespace {

constexpr hsize_t kMaxAttributes = 64;
constexpr std::size_t kMaxAttributeBytes = 64 * 1024;

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& path)
      : bytes_(bytes), path_(path), file_(open_memory(bytes)) {
    for (const DType dtype : kAllDTypes) types_.emplace_back(dtype, file_type(dtype));
  }

  StoredImage read();

 private:
  Handle open_child(const Handle& group, const std::string& name, const std::string& where);
  StoredState read_object(const Handle& object, const std::string& where, int depth);
  StoredState read_group(const Handle& group, const std::string& where, int depth);
  StoredState read_dataset(const Handle& dataset, const std::string& where);
  void check_storage(const Handle& dataset, const std::string& where);
  void check_object(const Handle& object, const std::string& where);
  DType dtype_of_dataset(const Handle& dataset, const std::string& where);
  Shape shape_of_dataset(const Handle& dataset, const std::string& where);
  std::span<const std::byte> bytes_of_dataset(const Handle& dataset, const TensorSpec& spec,
                                              const std::string& where);

  std::string text_attribute(const Handle& object, const char* name, const std::string& where);
  template <class Integer>
  Integer integer_attribute(const Handle& object, const char* name, hid_t type,
                            const std::string& where);
  Handle open_attribute(const Handle& object, const char* name, const std::string& where);

  [[noreturn]] void fail(const std::string& where, std::string_view what) const {
    throw DataCorruption("{}: /{}: {}", path_, where, what);
  }
  void require(bool condition, const std::string& where, std::string_view what) const {
    if (!condition) fail(where, what);
  }

  std::span<const std::byte> bytes_;
  const std::string& path_;
  Handle file_;
  std::vector<std::pair<DType, Handle>> types_;
  std::unordered_set<haddr_t> seen_;  // addresses of the objects met so far
};

StoredImage Reader::read() {
  StoredImage image;
  const Handle root(H5Gopen2(file_.id(), "/", H5P_DEFAULT), H5Gclose, "H5Gopen2");
  check_object(root, "");
  require(text_attribute(root, "format", "") == "linseed", "", "@format is not linseed");
  const auto integer = [&](const char* name) {
    return integer_attribute<std::int64_t>(root, name, H5T_STD_I64LE, "");
  };
  require(integer("format_version") == kFormatVersion, "", "@format_version is unknown");
  require(integer("complete") == 1, "", "@complete is not 1");
  image.step = integer("step");
  image.uuid = text_attribute(root, "uuid", "");
  image.library_version = text_attribute(root, "library_version", "");

  image.state = read_object(open_child(root, "state", "state"), "state", 0);
  const auto has = [&](const char* name) {
    return checked(H5Lexists(root.id(), name, H5P_DEFAULT), "H5Lexists") > 0;
  };
  if (has("functions")) {
    image.functions = read_object(open_child(root, "functions", "functions"), "functions", 0);
  }
  if (has("meta")) {
    const Handle meta = open_child(root, "meta", "meta");
    check_object(meta, "meta");
    const std::string where = "meta/config_json";
    const Handle config = open_child(meta, "config_json", where);
    check_object(config, where);
    image.config = read_dataset(config, where);
    require(image.config->spec.dtype == uint8 && image.config->spec.shape.ndim() == 1, where,
            "a list of bytes was expected");
  }
  return image;
}

Handle Reader::open_child(const Handle& group, const std::string& name, const std::string& where) {
  H5L_info_t link;
  checked(H5Lget_info(group.id(), name.c_str(), &link, H5P_DEFAULT), "H5Lget_info");
  require(link.type == H5L_TYPE_HARD, where, "a link that is not hard");
  return Handle(H5Oopen(group.id(), name.c_str(), H5P_DEFAULT), H5Oclose, "H5Oopen");
}

void Reader::check_object(const Handle& object, const std::string& where) {
  H5O_info_t info;
  checked(H5Oget_info2(object.id(), &info, H5O_INFO_BASIC | H5O_INFO_NUM_ATTRS), "H5Oget_info2");
  require(info.rc <= 1 && seen_.insert(info.addr).second, where, "an object with two names");
  require(seen_.size() <= kMaxObjects, where, "too many objects");
  require(info.num_attrs <= kMaxAttributes, where, "too many attributes");
}

StoredState Reader::read_object(const Handle& object, const std::string& where, int depth) {
  require(depth <= kMaxDepth, where, "groups nest too deep");
  check_object(object, where);
  switch (H5Iget_type(object.id())) {
    case H5I_GROUP: return read_group(object, where, depth);
    case H5I_DATASET: return read_dataset(object, where);
    default: fail(where, "neither a group nor a dataset");
  }
}

StoredState Reader::read_group(const Handle& group, const std::string& where, int depth) {
  StoredState state;
  const std::string kind = text_attribute(group, "kind", where);
  for (const tree::Kind known :
       {tree::Kind::dict, tree::Kind::list, tree::Kind::tuple, tree::Kind::record}) {
    if (kind == tree::name(known)) state.kind = known;
  }
  require(state.kind.has_value(), where, "@kind is unknown");

  H5G_info_t info;
  checked(H5Gget_info(group.id(), &info), "H5Gget_info");
  require(info.nlinks <= kMaxObjects - std::min(seen_.size(), kMaxObjects), where,
          "too many objects");
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    // One byte more than allowed, to see a longer name; and one for the final NUL.
    char name[kMaxNameBytes + 2];
    const auto length = checked(H5Lget_name_by_idx(group.id(), ".", H5_INDEX_CRT_ORDER, H5_ITER_INC,
                                                   i, name, sizeof name, H5P_DEFAULT),
                                "H5Lget_name_by_idx");
    require(length > 0 && static_cast<std::size_t>(length) <= kMaxNameBytes, where,
            "a name is empty or too long");
    const std::string escaped(name, static_cast<std::size_t>(length));
    const std::optional<std::string> plain = unescape_name(escaped);
    const std::string below = where + '/' + escaped;
    require(plain.has_value(), below, "a name that linseed does not write");
    const Handle child = open_child(group, escaped, below);
    state.parts.push_back({*plain, read_object(child, below, depth + 1)});
  }
  return state;
}

StoredState Reader::read_dataset(const Handle& dataset, const std::string& where) {
  require(H5Iget_type(dataset.id()) == H5I_DATASET, where, "not a dataset");
  // First, since asking for the shape of a virtual dataset would open other files.
  check_storage(dataset, where);
  StoredState state;
  state.spec.dtype = dtype_of_dataset(dataset, where);
  state.spec.shape = shape_of_dataset(dataset, where);
  state.bytes = bytes_of_dataset(dataset, state.spec, where);
  state.crc = integer_attribute<std::uint32_t>(dataset, "crc32c", H5T_STD_U32LE, where);
  require(text_attribute(dataset, "dtype", where) == name(state.spec.dtype), where,
          "@dtype is not the type of the data");
  return state;
}

void Reader::check_storage(const Handle& dataset, const std::string& where) {
  const Handle properties(H5Dget_create_plist(dataset.id()), H5Pclose, "H5Dget_create_plist");
  require(H5Pget_layout(properties.id()) == H5D_CONTIGUOUS, where, "its layout is not contiguous");
  require(H5Pget_nfilters(properties.id()) == 0, where, "it has filters");
  require(H5Pget_external_count(properties.id()) == 0, where, "its data are in another file");
}

DType Reader::dtype_of_dataset(const Handle& dataset, const std::string& where) {
  const Handle type(H5Dget_type(dataset.id()), H5Tclose, "H5Dget_type");
  require(checked(H5Tcommitted(type.id()), "H5Tcommitted") == 0, where, "its type has a name");
  for (const auto& [dtype, known] : types_) {
    if (checked(H5Tequal(type.id(), known.id()), "H5Tequal") > 0) return dtype;
  }
  fail(where, "its type is none that linseed writes");
}

Shape Reader::shape_of_dataset(const Handle& dataset, const std::string& where) {
  const Handle space(H5Dget_space(dataset.id()), H5Sclose, "H5Dget_space");
  const H5S_class_t kind = H5Sget_simple_extent_type(space.id());
  if (kind == H5S_SCALAR) return {};
  require(kind == H5S_SIMPLE, where, "it has no shape");
  const int rank = checked(H5Sget_simple_extent_ndims(space.id()), "H5Sget_simple_extent_ndims");
  require(rank >= 1 && rank <= kMaxRank, where, "too many dimensions");
  hsize_t dims[kMaxRank], limits[kMaxRank];
  checked(H5Sget_simple_extent_dims(space.id(), dims, limits), "H5Sget_simple_extent_dims");
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) {
    require(dims[axis] == limits[axis], where, "its shape may grow");
    require(dims[axis] <= std::uint64_t{1} << 62, where, "its shape is too large");
    shape.push_back(static_cast<std::int64_t>(dims[axis]));
  }
  return shape;
}

/// The number of bytes of a tensor; none if it does not fit into 62 bits.
std::optional<std::uint64_t> byte_count(const TensorSpec& spec) {
  if (std::find(spec.shape.begin(), spec.shape.end(), 0) != spec.shape.end()) return 0;
  std::uint64_t count = size_of(spec.dtype);
  for (const std::int64_t dim : spec.shape) {
    if (static_cast<std::uint64_t>(dim) > (std::uint64_t{1} << 62) / count) return std::nullopt;
    count *= static_cast<std::uint64_t>(dim);
  }
  return count;
}

std::span<const std::byte> Reader::bytes_of_dataset(const Handle& dataset, const TensorSpec& spec,
                                                    const std::string& where) {
  const std::optional<std::uint64_t> count = byte_count(spec);
  require(count.has_value(), where, "its shape is too large");
  if (*count == 0) return {};
  require(H5Dget_storage_size(dataset.id()) == *count, where, "its shape and its data differ");
  const haddr_t offset = H5Dget_offset(dataset.id());
  require(offset != HADDR_UNDEF && offset >= kHeaderBytes && offset <= bytes_.size() &&
              *count <= bytes_.size() - offset,
          where, "its data lie outside of the file");
  return bytes_.subspan(offset, *count);
}

Handle Reader::open_attribute(const Handle& object, const char* name, const std::string& where) {
  if (checked(H5Aexists(object.id(), name), "H5Aexists") == 0) {
    fail(where, std::string("no attribute ") + name);
  }
  Handle attribute(H5Aopen(object.id(), name, H5P_DEFAULT), H5Aclose, "H5Aopen");
  const Handle space(H5Aget_space(attribute.id()), H5Sclose, "H5Aget_space");
  require(H5Sget_simple_extent_type(space.id()) == H5S_SCALAR &&
              H5Aget_storage_size(attribute.id()) <= kMaxAttributeBytes,
          where, std::string("a strange attribute ") + name);
  return attribute;
}

std::string Reader::text_attribute(const Handle& object, const char* name,
                                   const std::string& where) {
  const Handle attribute = open_attribute(object, name, where);
  const Handle type(H5Aget_type(attribute.id()), H5Tclose, "H5Aget_type");
  require(H5Tget_class(type.id()) == H5T_STRING &&
              checked(H5Tis_variable_str(type.id()), "H5Tis_variable_str") == 0,
          where, std::string("not a text of fixed length: attribute ") + name);
  const std::size_t size = H5Tget_size(type.id());
  require(size > 0 && size <= kMaxAttributeBytes, where,
          std::string("a strange attribute ") + name);
  std::string text(size, '\0');
  checked(H5Aread(attribute.id(), type.id(), text.data()), "H5Aread");
  return text;
}

template <class Integer>
Integer Reader::integer_attribute(const Handle& object, const char* name, hid_t type,
                                  const std::string& where) {
  const Handle attribute = open_attribute(object, name, where);
  const Handle given(H5Aget_type(attribute.id()), H5Tclose, "H5Aget_type");
  require(checked(H5Tequal(given.id(), type), "H5Tequal") > 0, where,
          std::string("not the right kind of number: attribute ") + name);
  Integer value;
  checked(H5Aread(attribute.id(), type, &value), "H5Aread");
  return value;
}

}  // namespace

StoredImage read_image(std::span<const std::byte> bytes, const std::string& path) {
  const Hdf5Session session;
  try {
    return Reader(bytes, path).read();
  } catch (const Hdf5Failure& failure) {
    throw DataCorruption("{}: not a sound HDF5 file: {}", path, failure.what());
  }
}

void check_bytes(const StoredState& tensor, const std::string& path, const std::string& name) {
  if (crc32c(tensor.bytes) != tensor.crc) {
    throw DataCorruption("{}: the checksum of '{}' differs: the file is damaged", path, name);
  }
  if (tensor.spec.dtype != bool_) return;
  for (const std::byte value : tensor.bytes) {
    if (value > std::byte{1}) {
      throw DataCorruption("{}: '{}' has a bool that is neither false nor true", path, name);
    }
  }
}

Tensor read_tensor(const StoredState& tensor, const std::string& path, const std::string& name) {
  check_bytes(tensor, path, name);
  auto buffer = std::make_shared<Buffer>(tensor.bytes.size());
  if (!tensor.bytes.empty()) {
    std::memcpy(buffer->data(), tensor.bytes.data(), tensor.bytes.size());
  }
  return constant(std::move(buffer), tensor.spec);
}

}  // namespace linseed::io
