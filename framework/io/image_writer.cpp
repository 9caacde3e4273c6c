#include <linseed/framework/io/image_writer_internal.h>

#include <atomic>
#include <set>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/checksum_internal.h>
#include <linseed/framework/io/names_internal.h>

namespace linseed::io {
namespace {

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.raw_data()),
          static_cast<std::size_t>(tensor.size()) * size_of(tensor.dtype())};
}

/// Room for everything, so that the image is allocated once: tensors, and 2 KiB for each object.
std::size_t estimated_bytes(const State& state) {
  std::size_t bytes = 2048;
  if (state.tensor.defined()) bytes += bytes_of(state.tensor).size();
  for (const auto& [name, part] : state.parts) bytes += estimated_bytes(part);
  return bytes;
}

Handle scalar_space() { return Handle(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate"); }

Handle space_of(const Shape& shape) {
  if (shape.ndim() == 0) return scalar_space();
  const std::vector<hsize_t> dims(shape.begin(), shape.end());
  return Handle(H5Screate_simple(shape.ndim(), dims.data(), nullptr), H5Sclose, "H5Screate_simple");
}

void write_attribute(const Handle& object, const char* name, hid_t type, const void* value) {
  const Handle space = scalar_space();
  Handle attribute(H5Acreate2(object.id(), name, type, space.id(), H5P_DEFAULT, H5P_DEFAULT),
                   H5Aclose, "H5Acreate2");
  checked(H5Awrite(attribute.id(), type, value), "H5Awrite");
  attribute.close();
}

void write_attribute(const Handle& object, const char* name, std::int64_t value) {
  write_attribute(object, name, H5T_STD_I64LE, &value);
}

void write_attribute(const Handle& object, const char* name, std::string_view text) {
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "H5Tcopy");
  checked(H5Tset_size(type.id(), text.size()), "H5Tset_size");
  checked(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "H5Tset_strpad");
  write_attribute(object, name, type.id(), text.data());
}

class Writer {
 public:
  Writer(const ImageInfo& info, std::size_t increment);

  void write(const State& state, const Handle& parent, std::string_view name,
             const std::string& path, int depth);
  void write_config(const std::string& text);
  Image finish() &&;

  const Handle& file() const { return file_; }

 private:
  Handle make_group(const Handle& parent, const std::string& name);
  Handle make_dataset(const Handle& parent, const std::string& name, const Shape& shape,
                      DType dtype, std::span<const std::byte> bytes);
  void count_object();

  Handle file_;
  Handle link_properties_;
  Handle group_properties_;
  Handle dataset_properties_;
  std::size_t objects_ = 0;
};

void track_creation_order(const Handle& properties) {
  checked(
      H5Pset_link_creation_order(properties.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
      "H5Pset_link_creation_order");
}

void leave_out_times(const Handle& properties) {
  checked(H5Pset_obj_track_times(properties.id(), false), "H5Pset_obj_track_times");
}

Writer::Writer(const ImageInfo& info, std::size_t increment) {
  const Handle access = property_list(H5P_FILE_ACCESS);
  checked(H5Pset_fapl_core(access.id(), increment, false), "H5Pset_fapl_core");
  checked(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18),
          "H5Pset_libver_bounds");
  const Handle creation = property_list(H5P_FILE_CREATE);
  checked(H5Pset_userblock(creation.id(), kHeaderBytes), "H5Pset_userblock");
  track_creation_order(creation);
  leave_out_times(creation);
  // The driver keeps the file in memory and tells open files apart by their names.
  static std::atomic<std::int64_t> files_made = 0;
  const std::string file_name = fmt::format("linseed checkpoint {}", ++files_made);
  file_ = Handle(H5Fcreate(file_name.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose,
                 "H5Fcreate");

  link_properties_ = property_list(H5P_LINK_CREATE);
  checked(H5Pset_char_encoding(link_properties_.id(), H5T_CSET_UTF8), "H5Pset_char_encoding");
  group_properties_ = property_list(H5P_GROUP_CREATE);
  track_creation_order(group_properties_);
  leave_out_times(group_properties_);
  dataset_properties_ = property_list(H5P_DATASET_CREATE);
  leave_out_times(dataset_properties_);
  checked(H5Pset_layout(dataset_properties_.id(), H5D_CONTIGUOUS), "H5Pset_layout");
  checked(H5Pset_fill_time(dataset_properties_.id(), H5D_FILL_TIME_NEVER), "H5Pset_fill_time");

  write_attribute(file_, "format", "linseed");
  write_attribute(file_, "format_version", kFormatVersion);
  write_attribute(file_, "library_version", LINSEED_VERSION);
  write_attribute(file_, "step", info.step);
  write_attribute(file_, "uuid", to_string(info.uuid));
  write_attribute(file_, "world_size", 1);
}

void Writer::count_object() {
  if (++objects_ > kMaxObjects) {
    throw InvalidArgument("checkpoint: more than {} tensors and containers", kMaxObjects);
  }
}

Handle Writer::make_group(const Handle& parent, const std::string& name) {
  return Handle(H5Gcreate2(parent.id(), name.c_str(), link_properties_.id(), group_properties_.id(),
                           H5P_DEFAULT),
                H5Gclose, "H5Gcreate2");
}

Handle Writer::make_dataset(const Handle& parent, const std::string& name, const Shape& shape,
                            DType dtype, std::span<const std::byte> bytes) {
  const Handle type = file_type(dtype);
  const Handle space = space_of(shape);
  Handle dataset(H5Dcreate2(parent.id(), name.c_str(), type.id(), space.id(), link_properties_.id(),
                            dataset_properties_.id(), H5P_DEFAULT),
                 H5Dclose, "H5Dcreate2");
  if (!bytes.empty()) {
    checked(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()),
            "H5Dwrite");
  }
  write_attribute(dataset, "dtype", linseed::name(dtype));
  const std::uint32_t crc = crc32c(bytes);
  write_attribute(dataset, "crc32c", H5T_STD_U32LE, &crc);
  return dataset;
}

void Writer::write(const State& state, const Handle& parent, std::string_view name,
                   const std::string& path, int depth) {
  count_object();
  const std::string escaped = escape_name(name);
  if (escaped.size() > kMaxNameBytes) {
    throw InvalidArgument("checkpoint: a name of {} bytes is too long, {} are allowed; in '{}'",
                          escaped.size(), kMaxNameBytes, path);
  }
  if (depth > kMaxDepth) {
    throw InvalidArgument("checkpoint: containers nest deeper than {}: '{}'", kMaxDepth, path);
  }
  if (state.is_tensor()) {
    const Tensor& tensor = state.tensor;
    if (tensor.ndim() > kMaxRank) {
      throw InvalidArgument("checkpoint: '{}' has {} dimensions, {} are allowed", path,
                            tensor.ndim(), kMaxRank);
    }
    make_dataset(parent, escaped, tensor.shape(), tensor.dtype(), bytes_of(tensor)).close();
    return;
  }
  Handle group = make_group(parent, escaped);
  write_attribute(group, "kind", tree::name(*state.kind));
  std::set<std::string_view> seen;
  for (const auto& [part_name, part] : state.parts) {
    if (!seen.insert(part_name).second) {
      throw InvalidArgument("checkpoint: two parts of '{}' are named '{}'", path, part_name);
    }
    write(part, group, part_name, join_path(path, part_name), depth + 1);
  }
  group.close();
}

void Writer::write_config(const std::string& text) {
  Handle group = make_group(file_, "meta");
  Handle dataset = make_dataset(group, "config_json", {static_cast<std::int64_t>(text.size())},
                                uint8, std::as_bytes(std::span(text)));
  write_attribute(dataset, "encoding", "json");
  dataset.close();
  group.close();
}

Image Writer::finish() && {
  write_attribute(file_, "complete", 1);
  checked(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), "H5Fflush");
  // The driver's own buffer, not H5Fget_file_image: with version bounds that copy cannot be read.
  // Its end is padded up to the increment, and the length of the copy leaves out the user block.
  void* buffer = nullptr;
  checked(H5Fget_vfd_handle(file_.id(), H5P_DEFAULT, &buffer), "H5Fget_vfd_handle");
  const auto bytes = checked(H5Fget_file_image(file_.id(), nullptr, 0), "H5Fget_file_image");
  const auto* first = *static_cast<const std::byte* const*>(buffer);
  return {std::move(file_), {first, kHeaderBytes + static_cast<std::size_t>(bytes)}};
}

}  // namespace

Image write_image(const State& state, const ImageInfo& info) {
  const Hdf5Session session;
  try {
    Writer writer(
        info, estimated_bytes(state) + estimated_bytes(info.functions) + info.config.size() + 8192);
    writer.write(state, writer.file(), "state", "", 0);
    if (!info.functions.parts.empty()) {
      writer.write(info.functions, writer.file(), "functions", "functions", 0);
    }
    if (!info.config.empty()) writer.write_config(info.config);
    return std::move(writer).finish();
  } catch (const Hdf5Failure& failure) {
    throw InternalError("checkpoint: building the file in memory failed: {}", failure.what());
  }
}

}  // namespace linseed::io
