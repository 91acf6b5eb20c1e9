#pragma once

#include <cmath>

#ifdef __CUDACC__
#define SRVAU_HOST_DEVICE __host__ __device__
#else
#define SRVAU_HOST_DEVICE
#endif

/**
 * What the kernels for CUDA do to single numbers, apart from the kernels so that it is tested on any machine. All in
 * float.
 */
namespace srvau::ops::elementwise {

SRVAU_HOST_DEVICE inline float sigmoid(float x) { return 1.F / (1.F + std::exp(-x)); }

SRVAU_HOST_DEVICE inline float swiglu(float gate, float up) { return gate * sigmoid(gate) * up; }

struct GateUp {
  float gate, up;
};

SRVAU_HOST_DEVICE inline GateUp swiglu_backward(float grad, float gate, float up) {
  const float s = sigmoid(gate);
  return {grad * up * s * (1.F + gate * (1.F - s)), grad * gate * s};
}

struct Pair {
  float first, second;
};

/** Turns a pair of head dimensions by an angle; with -sin it turns back, which is the gradient. */
SRVAU_HOST_DEVICE inline Pair rotate(float first, float second, float cos, float sin) {
  return {first * cos - second * sin, second * cos + first * sin};
}

}  // namespace srvau::ops::elementwise
