#pragma once

#include <cstdint>
#include <string>

#include <ATen/ATen.h>

namespace srvau {

/** Waits until what was launched is done; nothing on the CPU. */
void wait_for(at::Device device);

/** Highest sum of the bytes of tensors since the last reset_peak(); 0 on the CPU, where it is not known. */
int64_t peak_bytes(at::Device device);
void reset_peak(at::Device device);

/** E.g. its model and memory, for a person to read. */
std::string describe(at::Device device);

}  // namespace srvau
