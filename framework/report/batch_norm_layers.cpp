#include <linseed/framework/report/batch_norm_layers.h>

#include <algorithm>

#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/report/elements_internal.h>

namespace linseed {
namespace {

using Names = std::vector<std::string>;

/// A container of a state and where it is.
struct Container {
  Names names;
  std::string path;
  const io::State* state;
};

void collect_containers(const io::State& state, const Container& here,
                        std::vector<Container>& all) {
  if (state.is_tensor()) return;
  all.push_back(here);
  for (const auto& [name, part] : state.parts) {
    Container below{here.names, io::join_path(here.path, name), &part};
    below.names.push_back(name);
    collect_containers(part, below, all);
  }
}

std::vector<Container> containers_of(const io::State& state) {
  std::vector<Container> all;
  collect_containers(state, {{}, "", &state}, all);
  return all;
}

/// "/block/BatchNorm_1" -> "block", "BatchNorm_1".
Names split(const std::string& module_path) {
  Names names;
  for (std::size_t at = 0; at < module_path.size();) {
    const std::size_t end = std::min(module_path.find('/', at), module_path.size());
    if (end > at) names.push_back(module_path.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

bool ends_with(const Names& names, const Names& end) {
  return names.size() >= end.size() && std::equal(end.rbegin(), end.rend(), names.rbegin());
}

Tensor tensor_named(const io::State& state, std::string_view name) {
  const io::State* part = io::find_part(state, name);
  return part != nullptr && part->is_tensor() ? part->tensor : Tensor();
}

/// Where the parameters of a module are: what an optimizer trains rather than a copy of it, and not
/// what it keeps of them. Where nothing is called "params", the path of the module has to do.
const Container* find_params(const std::vector<Container>& containers,
                             const std::string& module_path) {
  const auto is_below = [](const Container& each, std::string_view name) {
    return std::count(each.names.begin(), each.names.end(), name) > 0;
  };
  const bool has_params =
      std::any_of(containers.begin(), containers.end(),
                  [&](const Container& each) { return is_below(each, "params"); });
  Names wanted = split(module_path);
  if (has_params) wanted.insert(wanted.begin(), "params");
  if (wanted.empty()) return nullptr;
  const Container* first = nullptr;
  for (const Container& each : containers) {
    if (!ends_with(each.names, wanted) || is_below(each, "param_states")) continue;
    if (!tensor_named(*each.state, "scale").defined() &&
        !tensor_named(*each.state, "bias").defined()) {
      continue;
    }
    const std::size_t above = each.names.size() - wanted.size();
    if (above > 0 && each.names[above - 1] == "target") return &each;
    if (first == nullptr) first = &each;
  }
  return first;
}

void collect_floating(const io::State& state, std::vector<Tensor>& result) {
  if (state.is_tensor() && is_floating(state.tensor.dtype())) result.push_back(state.tensor);
  if (has_running_averages(state)) return;
  for (const auto& part : state.parts) collect_floating(part.state, result);
}

/// True if each floating tensor, running averages aside, is `replicas` times the same.
bool is_replicated(const io::State& state, std::int64_t replicas) {
  std::vector<Tensor> tensors;
  collect_floating(state, tensors);
  return !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [&](const Tensor& x) {
    return x.ndim() > 0 && x.dim(0) == replicas && replica_out_of_step(x) == 0;
  });
}

bool has_one_dimension_more(const Shape& shape, const Shape& inner) {
  return shape.ndim() == inner.ndim() + 1 &&
         std::equal(inner.begin(), inner.end(), shape.begin() + 1);
}

int replicas_of(const BatchNormLayer& layer, const io::State& state, int given) {
  const Shape& shape = layer.mean.shape();
  if (shape.ndim() == 0 || shape[0] < 2) return 0;
  const auto first = static_cast<int>(shape[0]);
  if (given > 0) return given == first ? first : 0;
  const Tensor& param = layer.scale.defined() ? layer.scale : layer.bias;
  if (param.defined() && has_one_dimension_more(shape, param.shape())) return first;
  return shape.ndim() > 1 && is_replicated(state, first) ? first : 0;
}

}  // namespace

bool has_running_averages(const io::State& state) {
  const Tensor mean = tensor_named(state, "mean"), var = tensor_named(state, "var");
  return mean.defined() && var.defined() && is_floating(mean.dtype()) && mean.spec() == var.spec();
}

std::vector<BatchNormLayer> batch_norm_layers(const io::State& state, int replicas) {
  const std::vector<Container> containers = containers_of(state);
  std::vector<BatchNormLayer> layers;
  for (const Container& each : containers) {
    if (!has_running_averages(*each.state)) continue;
    BatchNormLayer layer{.path = each.path,
                         .module_path = each.names.empty() ? "" : each.names.back(),
                         .mean = tensor_named(*each.state, "mean"),
                         .var = tensor_named(*each.state, "var")};
    if (const Container* params = find_params(containers, layer.module_path)) {
      layer.params_path = params->path;
      layer.scale = tensor_named(*params->state, "scale");
      layer.bias = tensor_named(*params->state, "bias");
    }
    layer.replicas = replicas_of(layer, state, replicas);
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::optional<std::int64_t> optimizer_step(const io::State& state) {
  for (const Container& each : containers_of(state)) {
    const Tensor step = tensor_named(*each.state, "step");
    const bool is_optimizer =
        step.defined() && io::find_part(*each.state, "param_states") != nullptr;
    if (is_optimizer && is_integer(step.dtype()) && step.size() > 0) {
      return static_cast<std::int64_t>(as_doubles(step).front());
    }
  }
  return std::nullopt;
}

}  // namespace linseed
