// The ground rules for libhdf5: one thread at a time, every return code checked, every id closed.
#pragma once

#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <linseed/framework/core/dtype.h>
#include <linseed/framework/io/hdf5_library_internal.h>

namespace linseed::io {

/// A call of libhdf5 failed; the message has its name and the library's own words.
class Hdf5Failure final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// While one lives, libhdf5 is loaded, no other thread of linseed is in it, and it prints no errors
/// and loads no plugins. A thread may nest them.
class Hdf5Session final {
 public:
  Hdf5Session();
  ~Hdf5Session();
  Hdf5Session(const Hdf5Session&) = delete;
  Hdf5Session& operator=(const Hdf5Session&) = delete;

 private:
  std::unique_lock<std::recursive_mutex> lock_;
  H5E_auto2_t print_errors_ = nullptr;
  void* print_data_ = nullptr;
  unsigned plugins_ = 0;
};

/// Throws Hdf5Failure, with what the library has to say.
[[noreturn]] void throw_hdf5_failure(std::string_view call);

/// `result`, the result of `call`, unless it is negative: that is a failure.
template <class Result>
Result checked(Result result, std::string_view call) {
  if (result < 0) throw_hdf5_failure(call);
  return result;
}

/// An open id of libhdf5. Moves, and closes itself.
class Handle final {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  /// Takes over `id`, the result of `call`.
  Handle(hid_t id, Close close_id, std::string_view call)
      : id_(checked(id, call)), close_(close_id) {}
  Handle(Handle&& other) noexcept
      : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle();

  hid_t id() const { return id_; }
  /// Closes now, and tells whether it worked.
  void close();

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// The type of a dataset that holds elements of `dtype`: little-endian, bool as h5py has it.
Handle file_type(DType dtype);

/// A property list of that class.
Handle property_list(hid_t list_class);

}  // namespace linseed::io
