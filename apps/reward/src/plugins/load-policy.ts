import { realpath } from 'node:fs/promises';
import { isAbsolute, normalize, sep } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { resolvePluginFolder } from '@srvau/reward-host';
import type { RewardConfig } from '../reward-config';

/** A plugin as it may be loaded. */
export interface AllowedSource {
  source: string;
  /** Absent where the host is to decide: a process of its own for all but the built-ins. */
  isolation?: 'in-process';
}

/**
 * Which plugins may be loaded at run time, and where they run. To load a plugin is to run its code: whoever reaches NATS may
 * ask for it, and only the configuration says what they get.
 */
export class LoadPolicy {
  constructor(private readonly config: Pick<RewardConfig, 'rewardPlugins' | 'rewardTrusted' | 'pluginRoots'>) {}

  /**
   * @param from folder that names of packages are looked for from
   * @throws SrvauError FORBIDDEN for what the configuration does not allow; for a path without a look at the disk, so that an
   *   answer never tells what exists there. NOT_FOUND
   */
  async allow(source: string, from: string): Promise<AllowedSource> {
    if (this.config.rewardPlugins.includes(source)) return this.trusting(source);
    const roots = await Promise.all(this.config.pluginRoots.map(realOrSame));
    const isPath = source.includes('/') && !source.startsWith('@');
    if (isPath && !(isAbsolute(source) && [...roots, ...this.config.pluginRoots].some((root) => below(source, root)))) {
      throw this.forbidden(source, 'a path outside them');
    }
    if (roots.length === 0) throw this.forbidden(source, 'another one');
    const folder = resolvePluginFolder(source, from);
    if (!roots.some((root) => below(folder, root))) throw this.forbidden(source, 'one elsewhere');
    return this.trusting(source);
  }

  /** By the name that it is configured under: a package can call itself anything. */
  trusting(source: string): AllowedSource {
    const trusted = this.config.rewardPlugins.includes(source) && this.config.rewardTrusted.includes(source);
    return trusted ? { source, isolation: 'in-process' } : { source };
  }

  private forbidden(source: string, received: string): SrvauError {
    const { pluginRoots } = this.config;
    const roots = pluginRoots.length === 0 ? 'none is configured' : pluginRoots.join(', ');
    return SrvauError.mismatch(
      'FORBIDDEN',
      `plugin ${source}`,
      `one of SRVAU_REWARD_PLUGINS, or a folder below SRVAU_PLUGIN_ROOTS (${roots})`,
      received,
      { field: 'source' },
    );
  }
}

function below(path: string, root: string): boolean {
  const clean = normalize(path);
  const prefix = root.endsWith(sep) ? root : `${root}${sep}`;
  return clean.startsWith(prefix);
}

/** A root that is not there (yet) has nothing below it. */
async function realOrSame(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch {
    return root;
  }
}
