#include "web/router.hpp"

#include <stdexcept>

namespace web {

namespace {

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}');
}

// Cuts the first segment off "/a/b".
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const auto& route : routes_) {
    std::string_view rest = route.path;
    if (!rest.starts_with('/')) throw std::runtime_error("not a path: " + route.path);
    Node* node = &root_;
    while (!rest.empty()) {
      const auto segment = take_segment(rest);
      if (is_parameter(segment)) {
        if (!node->parameter) node->parameter = std::make_unique<Node>();
        node = node->parameter.get();
      } else {
        node = &node->literals[std::string(segment)];
      }
    }
    if ((route.access == Access::partner) == route.scope.empty()) {
      throw std::runtime_error("partners, and no others, need a scope: " + route.path);
    }
    if (!node->routes.emplace(route.method, &route).second) {
      throw std::runtime_error("two routes answer the same requests: " + route.path);
    }
  }
}

const Router::Node* Router::find(const Node& node, std::string_view rest,
                                 std::vector<std::string_view>& values) {
  if (rest.empty()) return node.routes.empty() ? nullptr : &node;
  const auto segment = take_segment(rest);
  if (const auto literal = node.literals.find(segment); literal != node.literals.end()) {
    const auto depth = values.size();
    if (const Node* found = find(literal->second, rest, values)) return found;
    values.resize(depth);
  }
  if (!node.parameter || segment.empty()) return nullptr;
  values.push_back(segment);
  return find(*node.parameter, rest, values);
}

Router::Match Router::find(Method method, std::string_view path) const {
  std::vector<std::string_view> values;
  const Node* node = path.starts_with('/') ? find(root_, path, values) : nullptr;
  Match match;
  if (node == nullptr) return match;
  for (const auto& [known, route] : node->routes) {
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += to_text(known);
  }
  const auto found = node->routes.find(method);
  if (found == node->routes.end()) return match;
  match.route = found->second;
  std::string_view rest = match.route->path;
  for (auto value = values.begin(); value != values.end();) {
    const auto segment = take_segment(rest);
    if (!is_parameter(segment)) continue;
    match.parameters.emplace_back(segment.substr(1, segment.size() - 2), *value++);
  }
  return match;
}

}  // namespace web
