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

# at::parallel_for is a template: without OpenMP where it is called, it is a plain loop on one thread. The runtime is
# libtorch's own, as two in one process would each have threads; a libtorch without one takes the compiler's.
file(GLOB libtorch_openmp "${LIBTORCH}/lib/libgomp*.so*")
if(libtorch_openmp)
  list(GET libtorch_openmp 0 libtorch_openmp)
  target_compile_options(srvau_libtorch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp>)
  target_link_libraries(srvau_libtorch INTERFACE "${libtorch_openmp}")
else()
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  target_link_libraries(srvau_libtorch INTERFACE OpenMP::OpenMP_CXX)
endif()

set(libtorch_cuda_library "${LIBTORCH}/lib/libtorch_cuda.so")
if(EXISTS "${libtorch_cuda_library}")
  # Little of ours refers to a symbol in it, and some programs nothing: it registers its kernels when it is loaded, so the
  # linker must keep it. What it needs itself lies beside it or in other pip packages, where it finds it.
  target_link_libraries(srvau_libtorch INTERFACE
    -Wl,--no-as-needed torch torch_cuda c10_cuda -Wl,--as-needed -Wl,--allow-shlib-undefined)
  find_package(CUDAToolkit QUIET)
endif()

# Graphs for decoding and kernels of our own, for a libtorch with CUDA. They need the toolkit's headers, libcudart and
# nvcc; no GPU, no driver. Without them models still run on CUDA, on libtorch's operators alone.
if(CUDAToolkit_FOUND AND CUDAToolkit_NVCC_EXECUTABLE)
  set(cuda_possible ON)
else()
  set(cuda_possible OFF)
endif()
option(SRVAU_CUDA "Graphs and kernels for CUDA" ${cuda_possible})
if(SRVAU_CUDA AND NOT cuda_possible)
  message(FATAL_ERROR "SRVAU_CUDA: expected libtorch with CUDA (${libtorch_cuda_library}) and the CUDA toolkit with nvcc "
    "(CUDAToolkit_ROOT or CUDACXX say where), and did not find both.")
endif()
if(SRVAU_CUDA)
  message(STATUS "CUDA: toolkit ${CUDAToolkit_VERSION}, ${CUDAToolkit_NVCC_EXECUTABLE}")
  target_include_directories(srvau_libtorch SYSTEM INTERFACE ${CUDAToolkit_INCLUDE_DIRS})
  target_compile_definitions(srvau_libtorch INTERFACE SRVAU_CUDA)
  target_link_libraries(srvau_libtorch INTERFACE CUDA::cudart)
  # Code for A100 and H100/H200, and what newer GPUs compile at start from the latter.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES "80-real;90")
  endif()
  if(NOT DEFINED CMAKE_CUDA_COMPILER AND "$ENV{CUDACXX}" STREQUAL "")
    set(CMAKE_CUDA_COMPILER "${CUDAToolkit_NVCC_EXECUTABLE}")
  endif()
  set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)
  # Here and not in core: whatever links to it is linked by CMake's rules for CUDA.
  enable_language(CUDA)
elseif(EXISTS "${libtorch_cuda_library}")
  message(STATUS "CUDA: libtorch has it, but there is no toolkit with nvcc; built without graphs and kernels for it")
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
