#include <unordered_map>

#include <nlohmann/json.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/graph/label.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/io/exported_internal.h>
#include <linseed/framework/io/stored_parts_internal.h>

namespace linseed::io {
namespace {

using Json = nlohmann::ordered_json;

/// Gives the values of a program the numbers they have in a file.
class Numbering {
 public:
  int add(int value) { return numbers_.try_emplace(value, next()).first->second; }
  int operator[](int value) const { return numbers_.at(value); }

 private:
  int next() const { return static_cast<int>(numbers_.size()); }

  std::unordered_map<int, int> numbers_;
};

Json step_json(const Program& program, const Program::Step& step, Numbering& number) {
  Json json{{"op", step.primitive->name}};
  if (const std::string text = attributes_text(step); !text.empty()) json["attributes"] = text;
  json["inputs"] = Json::array();
  for (const int value : step.inputs) json["inputs"].push_back(number[value]);
  json["outputs"] = Json::array();
  for (const int value : step.outputs) {
    number.add(value);
    json["outputs"].push_back(to_string(program.spec(value)));
  }
  if (!step.label->path.empty()) json["module"] = step.label->path;
  if (step.label->may_be_infinite) json["may_be_infinite"] = true;
  return json;
}

Json program_json(const Exported& function) {
  const Program& program = *function.program;
  Numbering number;
  for (const int value : program.inputs) number.add(value);
  Json json{{"state", Json::array()},
            {"arguments", Json::array()},
            {"steps", Json::array()},
            {"results", Json::array()}};
  for (const auto& [name, spec] : function.state) {
    json["state"].push_back({name, to_string(spec)});
  }
  for (const TensorSpec& spec : function.arguments) json["arguments"].push_back(to_string(spec));
  for (const Program::Step& step : program.steps) {
    json["steps"].push_back(step_json(program, step, number));
  }
  for (std::size_t i = 0; i < function.results.size(); ++i) {
    json["results"].push_back({function.results[i].name, number[program.outputs[i]]});
  }
  return json;
}

TensorSpec spec_of(const Json& json) {
  const auto text = json.get<std::string>();
  TensorSpec spec;
  detail::AttributeReader reader(text);
  reader.read(spec);
  reader.finish();
  for (const std::int64_t dim : spec.shape) {
    if (dim < 0) throw InvalidArgument("a size is negative: {}", text);
  }
  return spec;
}

/// Builds the graph of a stored program again, on placeholders.
class Rebuilder {
 public:
  const Tensor& add_input(const TensorSpec& spec) {
    values_.push_back(placeholder(spec, "reading an exported function"));
    return values_.back();
  }

  void add_step(const Json& json) {
    const auto op = json.at("op").get<std::string>();
    const Primitive* primitive = find_primitive(op);
    if (primitive == nullptr || primitive->programs != nullptr || primitive->axis != nullptr) {
      throw NotSupported("it has a step of '{}', which this build does not run from a file", op);
    }
    Attributes attributes;
    if (primitive->attributes != nullptr) {
      attributes = primitive->attributes->read(json.at("attributes").get<std::string>());
    }
    std::vector<Tensor> inputs;
    for (const Json& number : json.at("inputs")) inputs.push_back(value(number));

    const LabelScope module(json.value("module", std::string()));
    const bool may_be_infinite = json.value("may_be_infinite", false);
    const LabelScope label(may_be_infinite ? LabelScope::current()->unchecked
                                           : LabelScope::current());
    const std::vector<Tensor> outputs = apply_all(*primitive, std::move(inputs), attributes);
    const Json& specs = json.at("outputs");
    bool fits = specs.size() == outputs.size();
    for (std::size_t i = 0; fits && i < outputs.size(); ++i) {
      fits = spec_of(specs[i]) == outputs[i].spec();
    }
    if (!fits) throw InvalidArgument("a step of '{}' has other outputs in this build", op);
    values_.insert(values_.end(), outputs.begin(), outputs.end());
  }

  const Tensor& value(const Json& number) const {
    const auto index = number.get<std::uint64_t>();
    if (index >= values_.size()) throw InvalidArgument("there is no value {} yet", index);
    return values_[index];
  }

 private:
  std::vector<Tensor> values_;
};

Exported exported_of(const Json& json, std::vector<Tensor> constants) {
  const PlaceholderScope scope;
  Exported function;
  Rebuilder graph;
  std::vector<Tensor> inputs, outputs;
  for (const Json& named : json.at("state")) {
    function.state.push_back({named.at(0).get<std::string>(), spec_of(named.at(1))});
    inputs.push_back(graph.add_input(function.state.back().spec));
  }
  for (const Json& spec : json.at("arguments")) {
    function.arguments.push_back(spec_of(spec));
    inputs.push_back(graph.add_input(function.arguments.back()));
  }
  for (const Tensor& one : constants) inputs.push_back(graph.add_input(one.spec()));
  for (const Json& step : json.at("steps")) graph.add_step(step);
  for (const Json& named : json.at("results")) {
    outputs.push_back(graph.value(named.at(1)));
    function.results.push_back({named.at(0).get<std::string>(), outputs.back().spec()});
  }
  function.program = close_over(outputs, inputs).program;
  function.constants = std::move(constants);
  return function;
}

}  // namespace

State write_exported(const Exported& function) {
  State state = dictionary();
  state.parts.push_back(text_part("program", program_json(function).dump()));
  state.parts.push_back(list_part("constants", function.constants));
  return state;
}

Exported read_exported(const StoredState& stored, const std::string& file,
                       const std::string& path) {
  const StoredParts parts(stored, file, path, "exported function");
  const std::string text = parts.text("program");
  std::vector<Tensor> constants = parts.tensors("constants");
  try {
    return exported_of(Json::parse(text), std::move(constants));
  } catch (const nlohmann::json::exception& error) {
    throw DataCorruption("{}: /{} is no exported function: {}", file, path, error.what());
  } catch (const InvalidArgument& error) {
    throw DataCorruption("{}: /{} is no exported function: {}", file, path, error.what());
  } catch (const NotSupported& error) {
    throw NotSupported("{}: /{}: {}", file, path, error.what());
  }
}

}  // namespace linseed::io
