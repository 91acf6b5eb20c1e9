import type { PluginStatus } from '@srvau/contracts';
import type { PluginInfo, RunnerHealth } from '@srvau/reward-host';

/** What callers see of a loaded plugin: not where its folder is on this machine. */
export function statusOf({ dir: _, needs, ...info }: PluginInfo, health: RunnerHealth): PluginStatus {
  return { ...info, needs: [...needs], health };
}
