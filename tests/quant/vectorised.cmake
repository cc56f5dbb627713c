# Fails unless the compiler vectorises the encoder's layers for 64-bit ARM: the convolution and the
# dense layer must each hold widening multiply-adds on vectors of 16-bit numbers.
#   cmake -D COMPILER=aarch64-linux-gnu-g++ -D OBJDUMP=aarch64-linux-gnu-objdump -D OPTIONS=-O3
#         -D ROOT=<the clone> -D OBJECT=<scratch file> -P vectorised.cmake
execute_process(COMMAND ${COMPILER} -std=c++17 -ffp-contract=off ${OPTIONS} -I ${ROOT}
                        -c ${ROOT}/tests/quant/vectorised.cc -o ${OBJECT}
                RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${COMPILER} failed")
endif()
foreach(function demd_convolution demd_dense_layer)
  execute_process(COMMAND ${OBJDUMP} --disassemble=${function} --no-show-raw-insn ${OBJECT}
                  OUTPUT_VARIABLE code RESULT_VARIABLE result)
  if(NOT result EQUAL 0 OR NOT code MATCHES "<${function}>:")
    message(FATAL_ERROR "${OBJECT}: expected a function ${function}, found none")
  endif()
  # Eight outputs are a low and a high half of a vector: two instructions, or more if unrolled.
  string(REGEX MATCHALL "sml[as]l2?\tv[0-9]+\\.4s, v[0-9]+\\.[48]h" found "${code}")
  list(LENGTH found count)
  if(count LESS 2)
    message(FATAL_ERROR "${function}: expected vector multiply-adds, found ${count}")
  endif()
  message(STATUS "${function}: ${count} vector multiply-adds of 16-bit numbers")
endforeach()
