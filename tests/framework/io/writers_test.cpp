// Several writers and a reader share a directory.
#include <atomic>
#include <thread>

#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/tests/framework/io/faulty_files.h>
#include <linseed/tests/framework/io/support.h>

using namespace linseed;
using namespace linseed::test;

namespace {

Tree state_of(std::int64_t step) {
  return {{"all", Tensor::from(std::vector<std::int64_t>(5000, step), {5000})}};
}

}  // namespace

TEST_CASE("four writers race: each checkpoint that a reader finds is whole") {
  const TemporaryDirectory directory;
  const Tree target = specs_of(state_of(0));
  save_checkpoint(directory.path(), state_of(0), 0);
  std::atomic<std::int64_t> next_step = 1;
  std::atomic<int> saved = 0, strange = 0, writing = 4;
  const auto write = [&] {
    FaultyFiles files;
    for (int i = 0; i < 50; ++i) {
      const std::int64_t step = next_step++;
      try {
        io::save(files, directory.path(), io::describe(state_of(step)), step, {.keep = 2}, {});
        ++saved;
      } catch (const InvalidArgument&) {  // another was faster with a later step
      } catch (const Error&) {
        ++strange;
      }
    }
    --writing;
  };
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) writers.emplace_back(write);
  int reads = 0, wrong = 0;
  do {
    const auto [state, step] = restore_checkpoint(directory.path(), target);
    wrong += !same_tree(state, state_of(step));
    ++reads;
  } while (writing > 0);
  for (std::thread& writer : writers) writer.join();
  CHECK(wrong == 0);
  CHECK(strange == 0);
  CHECK(saved > 0);
  CHECK(reads > 10);
  save_checkpoint(directory.path(), state_of(next_step), next_step);
  CHECK(directory.names().size() == 1);
}
