# Installs the build into an empty prefix, then configures, builds and runs a consumer against it.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nexit code ${result}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${scratch})
run(${CMAKE_COMMAND} --install ${build} --prefix ${scratch}/prefix)
run(${CMAKE_COMMAND} -S ${consumer} -B ${scratch}/consumer -G ${generator}
    -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=Release
    -D CMAKE_PREFIX_PATH=${scratch}/prefix)
run(${CMAKE_COMMAND} --build ${scratch}/consumer)
run(${scratch}/consumer/consumer)
if(NOT output MATCHES "EMD 2 cell pitches")
  message(FATAL_ERROR "the consumer printed: ${output}")
endif()

# Every program that was installed runs on its own.
file(GLOB programs ${scratch}/prefix/${bindir}/*)
foreach(program IN LISTS programs)
  run(${program} --version)
endforeach()
if(NOT programs)
  message(FATAL_ERROR "no program was installed")
endif()
file(REMOVE_RECURSE ${scratch})
