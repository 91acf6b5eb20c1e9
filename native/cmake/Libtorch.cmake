# Defines the target srvau::libtorch from headers and libraries alone.
#
# The TorchConfig.cmake that ships with libtorch is not used: on a CUDA build it insists on nvcc and the CUDA toolkit,
# which code that only calls ATen does not need.
#
#   LIBTORCH (environment or -DLIBTORCH=DIR)   directory with include/ and lib/; wins
#   <repository>/.venv                         where set-up puts the pip wheel

if(TARGET srvau::libtorch)
  return()
endif()

if(NOT DEFINED LIBTORCH AND NOT "$ENV{LIBTORCH}" STREQUAL "")
  set(LIBTORCH "$ENV{LIBTORCH}")
endif()
if(NOT DEFINED LIBTORCH OR LIBTORCH STREQUAL "")
  file(GLOB venv_torch "${CMAKE_CURRENT_LIST_DIR}/../../.venv/lib/python3*/site-packages/torch")
  if(venv_torch)
    list(GET venv_torch 0 LIBTORCH)
  endif()
endif()
if(NOT EXISTS "${LIBTORCH}/include/ATen/ATen.h")
  message(FATAL_ERROR
    "libtorch not found: expected a directory with include/ATen/ATen.h for LIBTORCH, received \"${LIBTORCH}\".\n"
    "Run `npm run setup` at the root of the repository, or set LIBTORCH to an unpacked libtorch.")
endif()
file(REAL_PATH "${LIBTORCH}" LIBTORCH)
message(STATUS "libtorch: ${LIBTORCH}")

add_library(srvau_libtorch INTERFACE)
add_library(srvau::libtorch ALIAS srvau_libtorch)
target_include_directories(srvau_libtorch SYSTEM INTERFACE
  "${LIBTORCH}/include" "${LIBTORCH}/include/torch/csrc/api/include")
target_link_directories(srvau_libtorch INTERFACE "${LIBTORCH}/lib")
target_link_libraries(srvau_libtorch INTERFACE torch_cpu c10)
if(EXISTS "${LIBTORCH}/lib/libtorch_cuda.so")
  # Nothing of ours refers to a symbol in it: it registers its kernels when it is loaded, so the linker must keep it.
  target_link_libraries(srvau_libtorch INTERFACE -Wl,--no-as-needed torch_cuda c10_cuda -Wl,--as-needed)
endif()

# Makes a target find libtorch without LD_LIBRARY_PATH. A libtorch inside the repository is found relative to the
# target, so that the checkout can be moved or copied into an image as a whole.
function(srvau_use_libtorch target)
  target_link_libraries(${target} PRIVATE srvau::libtorch)
  file(REAL_PATH "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../.." repository)
  string(FIND "${LIBTORCH}/" "${repository}/" inside)
  if(inside EQUAL 0 AND NOT APPLE)
    file(REAL_PATH "${CMAKE_CURRENT_BINARY_DIR}" output)
    get_target_property(declared ${target} LIBRARY_OUTPUT_DIRECTORY)
    if(declared)
      file(REAL_PATH "${declared}" output)
    endif()
    file(RELATIVE_PATH path "${output}" "${LIBTORCH}/lib")
    set(path "$ORIGIN/${path}")
  else()
    set(path "${LIBTORCH}/lib")
  endif()
  set_target_properties(${target} PROPERTIES BUILD_RPATH "${path}" SKIP_BUILD_RPATH FALSE BUILD_WITH_INSTALL_RPATH TRUE
    INSTALL_RPATH "${path}")
endfunction()
