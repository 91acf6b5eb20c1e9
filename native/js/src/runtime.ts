import { callNow } from './call';

/** What tensor code runs on in this process. */
export interface RuntimeInfo {
  /** Release of libtorch, e.g. `2.13.0`. */
  torchVersion: string;
  /** Threads that one operator may use on the CPU, ≥ 1. */
  intraOpThreads: number;
  /** Widest instruction set libtorch dispatches to, e.g. `AVX512`, `AVX2`, `DEFAULT`. */
  cpuCapability: string;
  /** The addon was built with a libtorch that has CUDA. There may be no device. */
  cudaCompiled: boolean;
  /** CUDA devices this process can use, ≥ 0. */
  cudaDevices: number;
  /** One for each of these, with their memory. */
  cudaDeviceNames: string[];
}

/**
 * @throws NativeLoadError where the addon is missing or does not fit this machine
 * @throws NativeError INVALID_ARGUMENT: SRVAU_NATIVE_THREADS is set to something that is no positive integer
 */
export function runtimeInfo(): RuntimeInfo {
  return callNow(runtimeInfo, (native) => native.runtimeInfo());
}

/**
 * How many threads one operator may use on the CPU, from the next task on. Until it is called that is the environment
 * variable SRVAU_NATIVE_THREADS, or else all processors that this process may use. Results are the same bit for bit only
 * under the same number of threads.
 *
 * @param threads 1 to 1024
 */
export function setThreads(threads: number): void {
  callNow(setThreads, (native) => native.setThreads(threads));
}
