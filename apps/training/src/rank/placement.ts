import { availableParallelism } from 'node:os';
import { type ComputeConfig, SrvauError } from '@srvau/contracts';
import { type Device, type Dtype, runtimeInfo, setThreads } from '@srvau/native';

export interface Placement {
  readonly device: Device;
  readonly dtype: Dtype;
}

/**
 * Decides where this rank computes, and sets the threads of this process.
 *
 * @param local this rank among those of its machine
 * @throws SrvauError UNPROCESSABLE: no CUDA device, or fewer of them than ranks here
 */
export function placeRank(compute: ComputeConfig, local: { rank: number; size: number }): Placement {
  setThreads(compute.threads ?? Math.max(1, Math.floor(availableParallelism() / local.size)));
  if (compute.device === 'cpu') return { device: 'cpu', dtype: compute.dtype ?? 'float32' };
  const { cudaDevices } = runtimeInfo();
  if (local.rank >= cudaDevices) {
    const expected = `a CUDA device for each of the ${local.size} ranks of this machine`;
    throw SrvauError.mismatch('UNPROCESSABLE', 'config.compute.device', expected, `${cudaDevices} devices`);
  }
  return { device: `cuda:${local.rank}`, dtype: compute.dtype ?? 'bfloat16' };
}
