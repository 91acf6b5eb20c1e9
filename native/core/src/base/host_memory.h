#pragma once

#include <cstdint>

namespace srvau {

/**
 * Lets libtorch reuse the memory of CPU tensors that are gone, in the whole process, from now on.
 *
 * A step of training makes and drops some hundred buffers of megabytes. The C library gives each back to the system at
 * once and faults it in again, page by page, for the next: a tenth of the time in bfloat16. So blocks of 64 KiB and
 * more are kept for the next tensor of about that size (at most 1/4 larger; what is not touched costs nothing), and
 * those of 4 MiB and more are aligned and advised for huge pages.
 *
 * @param limit_bytes kept at most; a block that does not fit under it is given back at once. 0 keeps nothing.
 */
void keep_host_memory(int64_t limit_bytes);

/** Gives back to the system all that is kept. From any thread. */
void release_host_memory();

/** Bytes kept now for tensors to come. */
int64_t kept_host_bytes();

}  // namespace srvau
