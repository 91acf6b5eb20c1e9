#include <algorithm>

#include <ATen/Dispatch.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "ops/cuda/elementwise_kernels.h"
#include "ops/elementwise.h"

namespace srvau::ops::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int64_t kMostBlocks = 1 << 16;

/** Values that one thread reads and writes at a time: 16 bytes, the widest access there is. */
template <typename T, int N>
struct alignas(sizeof(T) * N) Pack {
  T values[N];
};

template <typename T>
constexpr int kWidest = 16 / static_cast<int>(sizeof(T));

template <typename T, int N>
__device__ Pack<T, N> load(const T* from) {
  return *reinterpret_cast<const Pack<T, N>*>(from);
}

template <typename T, int N>
__device__ void store(T* to, const Pack<T, N>& pack) {
  *reinterpret_cast<Pack<T, N>*>(to) = pack;
}

template <typename T, int N>
__global__ void swiglu_kernel(const T* gate_up, T* y, int64_t packs, int64_t packs_per_row) {
  const int64_t stride = static_cast<int64_t>(blockDim.x) * gridDim.x;
  const int64_t width = packs_per_row * N;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < packs; i += stride) {
    const int64_t row = i / packs_per_row, column = (i % packs_per_row) * N;
    const auto gate = load<T, N>(gate_up + row * 2 * width + column);
    const auto up = load<T, N>(gate_up + row * 2 * width + width + column);
    Pack<T, N> out;
#pragma unroll
    for (int k = 0; k < N; ++k)
      out.values[k] =
          static_cast<T>(elementwise::swiglu(static_cast<float>(gate.values[k]), static_cast<float>(up.values[k])));
    store<T, N>(y + i * N, out);
  }
}

template <typename T, int N>
__global__ void swiglu_backward_kernel(const T* grad, const T* gate_up, T* result, int64_t packs,
                                       int64_t packs_per_row) {
  const int64_t stride = static_cast<int64_t>(blockDim.x) * gridDim.x;
  const int64_t width = packs_per_row * N;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < packs; i += stride) {
    const int64_t at = (i / packs_per_row) * 2 * width + (i % packs_per_row) * N;
    const auto dy = load<T, N>(grad + i * N), gate = load<T, N>(gate_up + at), up = load<T, N>(gate_up + at + width);
    Pack<T, N> dgate, dup;
#pragma unroll
    for (int k = 0; k < N; ++k) {
      const auto d = elementwise::swiglu_backward(static_cast<float>(dy.values[k]), static_cast<float>(gate.values[k]),
                                                  static_cast<float>(up.values[k]));
      dgate.values[k] = static_cast<T>(d.gate);
      dup.values[k] = static_cast<T>(d.up);
    }
    store<T, N>(result + at, dgate);
    store<T, N>(result + at + width, dup);
  }
}

/** One pair of dimensions a thread: neighbours read neighbouring values of both halves of a head. */
template <typename T>
__global__ void rotate_kernel(const T* x, const float* cos, const float* sin, T* y, int64_t pairs, int64_t heads,
                              int64_t rotated, int64_t half, float sign) {
  const int64_t stride = static_cast<int64_t>(blockDim.x) * gridDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < pairs; i += stride) {
    const int64_t dimension = i % half, head = i / half % heads, row = i / half / heads;
    const int64_t at = (row * heads + head) * 2 * half + dimension;
    if (head >= rotated) {
      y[at] = x[at];
      y[at + half] = x[at + half];
      continue;
    }
    const int64_t angle = row * half + dimension;
    const auto turned =
        elementwise::rotate(static_cast<float>(x[at]), static_cast<float>(x[at + half]), cos[angle], sin[angle] * sign);
    y[at] = static_cast<T>(turned.first);
    y[at + half] = static_cast<T>(turned.second);
  }
}

int blocks_for(int64_t work) {
  return static_cast<int>(std::clamp<int64_t>((work + kThreads - 1) / kThreads, 1, kMostBlocks));
}

/** Calls launch.operator()<N>(packs, packs a row, blocks) with the widest N that divides a row of x. */
template <typename T, typename Launch>
void in_packs(int64_t rows, int64_t width, Launch&& launch) {
  if (rows == 0) return;
  if (width % kWidest<T> == 0) {
    const int64_t packs = rows * (width / kWidest<T>);
    launch.template operator()<kWidest<T>>(packs, width / kWidest<T>, blocks_for(packs));
  } else {
    launch.template operator()<1>(rows * width, width, blocks_for(rows * width));
  }
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

}  // namespace

at::Tensor swiglu(const at::Tensor& gate_up) {
  const c10::cuda::CUDAGuard device(gate_up.device());
  const auto stream = c10::cuda::getCurrentCUDAStream();
  const int64_t rows = gate_up.size(0), width = gate_up.size(1) / 2;
  auto y = at::empty({rows, width}, gate_up.options());
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, gate_up.scalar_type(), "swiglu", [&] {
    const auto* x = gate_up.const_data_ptr<scalar_t>();
    auto* out = y.mutable_data_ptr<scalar_t>();
    in_packs<scalar_t>(rows, width, [&]<int N>(int64_t packs, int64_t per_row, int blocks) {
      swiglu_kernel<scalar_t, N><<<blocks, kThreads, 0, stream>>>(x, out, packs, per_row);
    });
  });
  return y;
}

at::Tensor swiglu_backward(const at::Tensor& grad, const at::Tensor& gate_up) {
  const c10::cuda::CUDAGuard device(gate_up.device());
  const auto stream = c10::cuda::getCurrentCUDAStream();
  const int64_t rows = gate_up.size(0), width = gate_up.size(1) / 2;
  auto result = at::empty_like(gate_up);
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, gate_up.scalar_type(), "swiglu_backward", [&] {
    const auto *dy = grad.const_data_ptr<scalar_t>(), *x = gate_up.const_data_ptr<scalar_t>();
    auto* out = result.mutable_data_ptr<scalar_t>();
    in_packs<scalar_t>(rows, width, [&]<int N>(int64_t packs, int64_t per_row, int blocks) {
      swiglu_backward_kernel<scalar_t, N><<<blocks, kThreads, 0, stream>>>(dy, x, out, packs, per_row);
    });
  });
  return result;
}

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, int64_t rotated, float sign) {
  const c10::cuda::CUDAGuard device(x.device());
  const auto stream = c10::cuda::getCurrentCUDAStream();
  auto y = at::empty_like(x);
  const int64_t pairs = x.numel() / 2;
  if (pairs == 0) return y;
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, x.scalar_type(), "rotate", [&] {
    rotate_kernel<scalar_t><<<blocks_for(pairs), kThreads, 0, stream>>>(
        x.const_data_ptr<scalar_t>(), cos.const_data_ptr<float>(), sin.const_data_ptr<float>(),
        y.mutable_data_ptr<scalar_t>(), pairs, x.size(1), rotated, x.size(2) / 2, sign);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  });
  return y;
}

}  // namespace srvau::ops::cuda
