# Fails when an archive needs anything that a board without a C++ run-time library does not have.
#   cmake -D ARCHIVE=libdemd_device.a -D NM=nm -P undefined_symbols.cmake
execute_process(COMMAND ${NM} -u ${ARCHIVE} OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${NM} -u ${ARCHIVE} failed")
endif()
string(REGEX MATCHALL "U [^\n]+" undefined "${symbols}")
# What every freestanding compiler may call: copies of memory, and the compiler's own integer
# helpers (division, shifts, leading zeros).
set(allowed "^U (memcpy|memset|memmove|_GLOBAL_OFFSET_TABLE_|__aeabi_(u?idiv(mod)?|uldivmod|ldivmod|lmul|llsl|llsr|lasr|memcpy[48]?|memset[48]?|memclr[48]?)|__(clz|ctz|ashl|lshr|ashr|udiv|umod|div|mod)[sd]i[23]|__gnu_thumb1_case_[su][qh]i)$")
foreach(symbol IN LISTS undefined)
  if(NOT symbol MATCHES "${allowed}")
    message(SEND_ERROR "${ARCHIVE} needs ${symbol}: not there on a bare board")
  endif()
endforeach()
