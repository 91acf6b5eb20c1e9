import { SrvauError } from '@srvau/contracts';
import { parseOptions, type RewardPlugin } from '@srvau/reward-sdk';
import type { ModuleManifest } from '../manifest/manifest';
import type { PluginInfo } from './runner';

/** What the code itself says of a plugin. Plain data: a child process sends it to its host. */
export type CodeInfo = Pick<
  PluginInfo,
  'scoreVersion' | 'summary' | 'scope' | 'range' | 'needs' | 'optionsSchema' | 'options'
>;

/** @throws SrvauError INVALID_REQUEST for options that the plugin refuses */
export function codeInfo(plugin: RewardPlugin, options: Readonly<Record<string, unknown>>): CodeInfo {
  const parsed = parseOptions(plugin, options);
  const { scoreVersion, summary, scope, needs } = plugin;
  return {
    ...{ scoreVersion, summary, scope, needs: [...needs] },
    range: { ...plugin.rangeOf(parsed) },
    optionsSchema: plain(plugin.optionsSchema()),
    options: plain(parsed),
  };
}

export function pluginInfo(
  { id, dir, sdk, package: pkg }: ModuleManifest,
  code: CodeInfo,
  source: string,
  isolation: PluginInfo['isolation'],
): PluginInfo {
  return Object.freeze({ id, ...code, source, dir, package: pkg, sdk, isolation });
}

/** Options are instances of the plugin's class: what others are to see is their data. */
function plain(value: object): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  } catch (cause) {
    throw SrvauError.mismatch('UNPROCESSABLE', 'options', 'values that JSON can carry', (cause as Error).message, {
      cause,
    });
  }
}
