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

/** In words, what has changed since; empty where nothing has. */
export function changedVersions(then: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): string {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])].filter((name) => then[name] !== now[name]);
  return names.map((name) => `${name} ${now[name] ?? 'none'} instead of ${then[name] ?? 'none'}`).join(', ');
}
