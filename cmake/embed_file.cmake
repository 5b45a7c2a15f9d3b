# embed_file(<target> <header> <function> <file>): compiles <file> into <target> as
# `const std::string& <function>()`, which <header> declares ("api/document.hpp" api::text).
# Run with -P it writes that source; included it defines the function.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(READ "${FILE}" text)
  string(LENGTH "${text}" size)
  set(body "#include \"${HEADER}\"\n\nconst std::string& ${FUNCTION}() {\n")
  string(APPEND body "  static const std::string text = std::string()")
  set(start 0)
  while(start LESS size)  # pieces, because compilers limit the length of a literal
    string(SUBSTRING "${text}" ${start} 16000 piece)
    string(APPEND body "\n      .append(R\"~~~(${piece})~~~\")")
    math(EXPR start "${start} + 16000")
  endwhile()
  string(APPEND body ";\n  return text;\n}\n")
  file(WRITE "${OUTPUT}" "${body}")  # file(CONFIGURE) would expand the @TOKENS@ of the text
  return()
endif()

set(EMBED_FILE_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(embed_file target header function file)
  get_filename_component(name ${file} NAME)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DHEADER=${header} -DFUNCTION=${function} -DFILE=${file}
            -DOUTPUT=${output} -P ${EMBED_FILE_SCRIPT}
    DEPENDS ${file} ${EMBED_FILE_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
