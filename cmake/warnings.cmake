# The warnings linseed is written under, and the rule on rounding.
add_library(linseed_options INTERFACE)
target_compile_options(linseed_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  # -Wrestrict: false alarms on "x" + std::string in g++ 12 (its bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-missing-field-initializers -Wno-restrict>
  $<$<BOOL:${LINSEED_WERROR}>:-Werror>
  # Fused multiply-add only where the source says so: g++ contracts across statements, clang does not.
  -ffp-contract=off)
if(LINSEED_SANITIZE)
  # pointer-overflow, which finds addresses that wrap around, is left out: kernels would compile
  # twice as long.
  target_compile_options(linseed_options INTERFACE
    -fsanitize=${LINSEED_SANITIZE} -fno-sanitize=pointer-overflow -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(linseed_options INTERFACE -fsanitize=${LINSEED_SANITIZE})
  if(LINSEED_SANITIZE STREQUAL thread)
    # The pool's headers are compiled with us, the rest of it is not: half of it would be seen.
    target_compile_options(linseed_options INTERFACE
      -fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/tsan_ignored.txt)
  endif()
endif()
