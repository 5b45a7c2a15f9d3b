#include "web/pages.hpp"

#include <map>

namespace web {

std::vector<Route> pages(const ServerOptions& options) {
  std::map<std::string, const ProblemType*> types;
  for (const auto* type : problems::all()) types.emplace(type->name, type);
  for (const auto* type : options.problem_types) types.emplace(type->name, type);
  std::vector<Route> routes{
      {Method::get, "/problems/{name}", "getProblemType", Access::anonymous,
       [types](const Request& request) {
         const auto found = types.find(path_parameter(request, "name"));
         if (found == types.end()) {
           throw Problem(problems::not_found, "There is no problem of this name.");
         }
         const ProblemType& type = *found->second;
         return Response{200, "text/plain; charset=utf-8",
                         std::string(type.title) + " (" + std::to_string(type.status) + ")\n\n" +
                             type.meaning + "\n"};
       }}};
  if (!options.openapi_document.empty()) {
    routes.push_back({Method::get, "/openapi.json", "getOpenapiDocument", Access::anonymous,
                      [document = options.openapi_document](const Request&) {
                        return Response{200, "application/json", document};
                      }});
  }
  return routes;
}

}  // namespace web
