#include <linseed/framework/graph/wide_scope.h>

namespace linseed {
namespace {

thread_local int wide_depth = 0;

}  // namespace

WideScope::WideScope() { ++wide_depth; }
WideScope::~WideScope() { --wide_depth; }
bool WideScope::is_open() { return wide_depth > 0; }

}  // namespace linseed
