#include <linseed/framework/ops/table.h>

#include <algorithm>

#include <linseed/framework/ops/types_internal.h>

namespace linseed {

std::vector<const Primitive*> all_primitives() {
  Rows rows;
  for (const auto& family :
       {elementwise_rows(), special_rows(),     rounding_rows(),   comparison_rows(),
        create_rows(),      reduce_rows(),      moments_rows(),    cumulative_rows(),
        movement_rows(),    matmul_rows(),      indexing_rows(),   sorting_rows(),
        random_rows(),      convolution_rows(), pooling_rows(),    collective_rows(),
        scan_rows(),        cond_rows(),        checkpoint_rows(), custom_vjp_rows(),
        replica_rows()}) {
    rows.insert(rows.end(), family.begin(), family.end());
  }
  return rows;
}

const Primitive* find_primitive(std::string_view name) {
  const Rows rows = all_primitives();
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const Primitive* row) { return row->name == name; });
  return found == rows.end() ? nullptr : *found;
}

}  // namespace linseed
