#include <linseed/framework/io/hdf5_internal.h>

#include <bit>
#include <cstdint>

#include <fmt/format.h>

namespace linseed::io {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are written as they lie");

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

herr_t keep_first(unsigned, const H5E_error2_t* error, void* text) {
  auto& first = *static_cast<std::string*>(text);
  if (first.empty() && error->desc != nullptr) first = error->desc;
  return 0;
}

Handle boolean_type() {
  Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose, "H5Tenum_create");
  const std::int8_t no = 0, yes = 1;
  checked(H5Tenum_insert(type.id(), "FALSE", &no), "H5Tenum_insert");
  checked(H5Tenum_insert(type.id(), "TRUE", &yes), "H5Tenum_insert");
  return type;
}

/// Sign, exponent, fraction, and a bias of half the exponent's range: h5py reads (5, 10) as
/// float16, (8, 7), for which NumPy has no type, as float32 without loss.
Handle half_type(std::size_t exponent_bits, std::size_t fraction_bits) {
  Handle type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose, "H5Tcopy");
  checked(H5Tset_fields(type.id(), 15, fraction_bits, exponent_bits, 0, fraction_bits),
          "H5Tset_fields");
  checked(H5Tset_ebias(type.id(), (std::size_t{1} << (exponent_bits - 1)) - 1), "H5Tset_ebias");
  checked(H5Tset_precision(type.id(), 16), "H5Tset_precision");
  checked(H5Tset_size(type.id(), 2), "H5Tset_size");
  return type;
}

hid_t predefined_type(DType dtype) {
  switch (dtype) {
    case DType::bool_:
    case DType::bfloat16:
    case DType::float16: break;
    case DType::uint8: return H5T_STD_U8LE;
    case DType::int32: return H5T_STD_I32LE;
    case DType::int64: return H5T_STD_I64LE;
    case DType::uint32: return H5T_STD_U32LE;
    case DType::float32: return H5T_IEEE_F32LE;
    case DType::float64: return H5T_IEEE_F64LE;
  }
  return H5I_INVALID_HID;
}

}  // namespace

Hdf5Session::Hdf5Session() : lock_(library_mutex()) {
  load_hdf5();
  checked(H5Eget_auto2(H5E_DEFAULT, &print_errors_, &print_data_), "H5Eget_auto2");
  checked(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr), "H5Eset_auto2");
  checked(H5PLget_loading_state(&plugins_), "H5PLget_loading_state");
  checked(H5PLset_loading_state(0), "H5PLset_loading_state");
}

// Nothing can be done about a failure here, and nothing that was written depends on it.
Hdf5Session::~Hdf5Session() {
  static_cast<void>(H5PLset_loading_state(plugins_));
  static_cast<void>(H5Eset_auto2(H5E_DEFAULT, print_errors_, print_data_));
}

void throw_hdf5_failure(std::string_view call) {
  std::string text;
  // Upwards: the first is the one nearest to the cause.
  if (H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text) < 0 || text.empty()) {
    text = "no reason given";
  }
  throw Hdf5Failure(fmt::format("{}: {}", call, text));
}

// Whoever needs to know calls close(); here an exception is under way, or the id was only read.
Handle::~Handle() {
  if (id_ < 0) return;
  try {
    const Hdf5Session session;
    static_cast<void>(close_(id_));
  } catch (const Hdf5Failure&) {
  }
}

void Handle::close() {
  const Hdf5Session session;
  checked(close_(std::exchange(id_, H5I_INVALID_HID)), "closing");
}

Handle file_type(DType dtype) {
  if (dtype == DType::bool_) return boolean_type();
  if (dtype == DType::bfloat16) return half_type(8, 7);
  if (dtype == DType::float16) return half_type(5, 10);
  return Handle(H5Tcopy(predefined_type(dtype)), H5Tclose, "H5Tcopy");
}

Handle property_list(hid_t list_class) {
  return Handle(H5Pcreate(list_class), H5Pclose, "H5Pcreate");
}

}  // namespace linseed::io
