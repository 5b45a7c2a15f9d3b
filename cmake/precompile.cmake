# precompile(<target>): shares one precompiled header of the slow headers nearly every file outside
# the domain includes. Domain targets do not use it, so that what they include is what they see.
function(precompile target)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <chrono> <cstdint> <functional> <map> <memory> <optional> <string> <string_view>
    <tuple> <utility> <variant> <vector> <nlohmann/json.hpp>)
endfunction()
