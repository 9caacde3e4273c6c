#include <linseed/framework/module/capture.h>

#include <string>
#include <vector>

namespace linseed::nn {
namespace {

thread_local std::vector<Collection*> captures;

}  // namespace

CaptureScope::CaptureScope(Collection& outputs) { captures.push_back(&outputs); }
CaptureScope::~CaptureScope() { captures.pop_back(); }

bool detail::is_capturing() { return !captures.empty(); }

void detail::report_output(const Tree& output) {
  for (Collection* capture : captures) {
    const Tree* earlier = capture->retrieve();
    Tree outputs = earlier == nullptr ? Tree() : *earlier;
    outputs[std::to_string(outputs.size())] = output;
    capture->store(std::move(outputs));
  }
}

}  // namespace linseed::nn
