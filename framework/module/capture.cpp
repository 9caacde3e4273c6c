#include <linseed/framework/module/capture.h>

#include <string>
#include <utility>
#include <vector>

namespace linseed::nn {
namespace {

thread_local std::vector<CaptureScope::Report> captures;

}  // namespace

CaptureScope::CaptureScope(Report report) { captures.push_back(std::move(report)); }

CaptureScope::CaptureScope(Collection& outputs)
    : CaptureScope([&outputs](const Tree& output) {
        const Tree* earlier = outputs.retrieve();
        Tree all = earlier == nullptr ? Tree() : *earlier;
        all[std::to_string(all.size())] = output;
        outputs.store(std::move(all));
      }) {}

CaptureScope::~CaptureScope() { captures.pop_back(); }

bool detail::is_capturing() { return !captures.empty(); }

void detail::report_output(const Tree& output) {
  for (const CaptureScope::Report& report : captures) report(output);
}

}  // namespace linseed::nn
