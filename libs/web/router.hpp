#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/route.hpp"

namespace web {

/// Finds the route of a path. Segments are compared as sent: nothing is decoded, collapsed or
/// ignored. A literal segment is preferred to a {name}, which matches any segment but an empty one.
class Router {
 public:
  /// Throws std::runtime_error when two routes answer the same requests, a path is no pattern, or
  /// a partner's route has no scope.
  explicit Router(std::vector<Route> routes);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  struct Match {
    const Route* route = nullptr;  // null: no such path, or not with this method
    std::vector<std::pair<std::string, std::string>> parameters;
    std::string allow;  // the methods of the path; empty when there is no such path
  };
  Match find(Method method, std::string_view path) const;

 private:
  struct Node {
    std::map<std::string, Node, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::map<Method, const Route*> routes;
  };
  static const Node* find(const Node& node, std::string_view rest,
                          std::vector<std::string_view>& values);

  std::vector<Route> routes_;
  Node root_;
};

}  // namespace web
