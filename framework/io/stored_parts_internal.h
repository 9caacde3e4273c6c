// Texts and lists of tensors as parts of a file, written and read back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/io/image_reader_internal.h>
#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/io/state.h>

namespace linseed::io {

/// An empty dictionary, for parts.
State dictionary();

StatePart tensor_part(std::string_view name, const Tensor& tensor);
/// The tensors under the names "0", "1", ….
StatePart list_part(std::string_view name, const std::vector<Tensor>& tensors);
/// The text as a tensor of its bytes.
StatePart text_part(std::string_view name, std::string_view text);

/// The parts of a dictionary in a file. Each is a DataCorruption, naming file and part, if it is
/// missing, of another kind, or not the bytes that were saved.
class StoredParts {
 public:
  /// `path` is that of `state` in `file`, "functions/predict", and `what` it should be, for errors:
  /// "exported function".
  StoredParts(const StoredState& state, std::string file, std::string path, std::string_view what)
      : state_(state), file_(std::move(file)), path_(std::move(path)), what_(what) {}

  std::string text(std::string_view name) const;
  std::vector<Tensor> tensors(std::string_view name) const;
  /// The numbers of a tensor [n].
  template <class T>
  std::vector<T> column(std::string_view name) const {
    const StoredState& stored = find(name);
    if (!stored.is_tensor() || stored.spec.dtype != dtype_of<T>() ||
        stored.spec.shape.ndim() != 1) {
      fail(name);
    }
    const Tensor tensor = read_tensor(stored, file_, join_path(path_, name));
    const auto data = tensor.data<T>();
    return {data.begin(), data.end()};
  }

  /// The parts of the dictionary `name` in this one, and what they are called.
  StoredParts part(std::string_view name) const;
  std::vector<std::string> names() const;

  /// Throws what is thrown for a part that is missing, or is not what it should be.
  [[noreturn]] void fail(std::string_view name) const;

 private:
  const StoredState& find(std::string_view name) const;

  const StoredState& state_;
  std::string file_;
  std::string path_;
  std::string_view what_;
};

/// The bytes of a stored tensor as a text, checked; DataCorruption as check_bytes.
std::string read_text(const StoredState& tensor, const std::string& file, const std::string& name);

}  // namespace linseed::io
