import { join } from 'node:path';
import { runtimeInfo } from '@srvau/native';
import { packageVersion } from '@srvau/service';

/** What computes a run. Its numbers are the same bit for bit only where all of this is. */
export function runVersions(worldSize: number): Record<string, string> {
  const { torchVersion, cpuCapability, intraOpThreads } = runtimeInfo();
  return {
    srvau: packageVersion(join(__dirname, '..')),
    node: process.versions.node,
    torch: torchVersion,
    cpu: cpuCapability,
    threads: `${intraOpThreads}`,
    ranks: `${worldSize}`,
  };
}
