# Fails unless the encoder's inner loops were vectorised for 64-bit ARM: its code must hold widening
# multiply-adds on vectors of 16-bit numbers, in the convolution and in the dense layer.
#   cmake -D BINARY=libdemd_device.a -D OBJDUMP=objdump -P vectorised.cmake
execute_process(COMMAND ${OBJDUMP} -d --no-show-raw-insn ${BINARY} OUTPUT_VARIABLE code
                RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${OBJDUMP} -d ${BINARY} failed")
endif()
string(FIND "${code}" "EncodeWafer" at)
if(at LESS 0)
  message(FATAL_ERROR "${BINARY}: expected the function EncodeWafer, found none")
endif()
string(REGEX MATCHALL "smlal2?\tv[0-9]+\\.4s, v[0-9]+\\.[48]h" found "${code}")
list(LENGTH found count)
if(count LESS 32)
  message(FATAL_ERROR "${BINARY}: expected 32 or more vector multiply-adds, found ${count}")
endif()
message(STATUS "${count} vector multiply-adds of 16-bit numbers")
