# embed_migrations(<target> <namespace> <directory>): compiles the numbered *.sql files of
# <directory> into <target> as `const std::vector<database::Migration>& <namespace>::migrations()`.
# Run with -P it writes that file; included it defines the function.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(GLOB files "${DIRECTORY}/[0-9][0-9][0-9][0-9]_*.sql")
  list(SORT files)
  set(body "#include \"database/migration.hpp\"\n\nnamespace ${NAMESPACE} {\n\n")
  string(APPEND body "const std::vector<database::Migration>& migrations();\n\n")
  string(APPEND body "const std::vector<database::Migration>& migrations() {\n")
  string(APPEND body "  static const std::vector<database::Migration> all = {\n")
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME)
    string(SUBSTRING "${name}" 0 4 digits)
    math(EXPR number "1${digits} - 10000")
    file(READ "${file}" sql)
    file(SHA256 "${file}" sha256)
    string(APPEND body "      {${number}, \"${name}\", \"${sha256}\", R\"~~~(${sql})~~~\"},\n")
  endforeach()
  string(APPEND body "  };\n  return all;\n}\n\n}  // namespace ${NAMESPACE}\n")
  file(WRITE "${OUTPUT}" "${body}")  # file(CONFIGURE) would expand the @TOKENS@ of the SQL
  return()
endif()

set(EMBED_MIGRATIONS_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(embed_migrations target namespace directory)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${namespace}_migrations.cpp)
  file(GLOB files CONFIGURE_DEPENDS "${directory}/*.sql")
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DDIRECTORY=${directory} -DNAMESPACE=${namespace} -DOUTPUT=${output}
            -P ${EMBED_MIGRATIONS_SCRIPT}
    DEPENDS ${files} ${EMBED_MIGRATIONS_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
