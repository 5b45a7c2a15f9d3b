# embed_templates(<target> <namespace> <directory>): compiles the *.mustache files of <directory>
# into <target> as `const std::map<std::string, std::string>& <namespace>::template_sources()`, by
# file name without ".mustache". Run with -P it writes that file; included it defines the function.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(GLOB files "${DIRECTORY}/*.mustache")
  list(SORT files)
  set(body "#include <map>\n#include <string>\n\nnamespace ${NAMESPACE} {\n\n")
  string(APPEND body "const std::map<std::string, std::string>& template_sources();\n\n")
  string(APPEND body "const std::map<std::string, std::string>& template_sources() {\n")
  string(APPEND body "  static const std::map<std::string, std::string> all = {\n")
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WLE)
    file(READ "${file}" text)
    string(APPEND body "      {\"${name}\", R\"~~~(${text})~~~\"},\n")
  endforeach()
  string(APPEND body "  };\n  return all;\n}\n\n}  // namespace ${NAMESPACE}\n")
  file(WRITE "${OUTPUT}" "${body}")
  return()
endif()

set(EMBED_TEMPLATES_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(embed_templates target namespace directory)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${namespace}_templates.cpp)
  file(GLOB files CONFIGURE_DEPENDS "${directory}/*.mustache")
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DDIRECTORY=${directory} -DNAMESPACE=${namespace} -DOUTPUT=${output}
            -P ${EMBED_TEMPLATES_SCRIPT}
    DEPENDS ${files} ${EMBED_TEMPLATES_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
