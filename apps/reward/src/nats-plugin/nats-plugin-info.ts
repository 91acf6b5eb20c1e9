import type { NatsManifest, PluginInfo } from '@srvau/reward-host';

/** Of a plugin whose code is elsewhere its manifest is all that we know. */
export function natsPluginInfo(
  manifest: NatsManifest,
  source: string,
  options: Readonly<Record<string, unknown>>,
): PluginInfo {
  const { id, scoreVersion, summary, scope, range, needs, sdk, dir, package: pkg, optionsSchema = {} } = manifest;
  return Object.freeze({
    ...{ id, scoreVersion, summary, scope, range, needs, sdk, dir, source, options, optionsSchema },
    package: pkg,
    isolation: 'nats',
  });
}
