import { MAX_DEADLINE_MS } from '@srvau/contracts';
import { AreVariableNames, BUILT_IN_PACKAGES, IsMemoryMb, Limits, LIMITS_ENV } from '@srvau/reward-host';
import { ServiceConfig, type ServiceConfigType, WholeNumber } from '@srvau/service';
import { IsArray, IsIn, Matches } from 'class-validator';

const MAX_HTTP_BODY = 2 ** 30;

/** Variables of the reward service beside those that every service has. */
export class RewardConfig extends ServiceConfig {
  @IsArray()
  rewardPlugins: string[] = Object.keys(BUILT_IN_PACKAGES);

  @IsArray()
  rewardTrusted: string[] = [];

  @IsArray()
  @Matches(/^\/[^\0]*$/, { each: true, message: 'pluginRoots must be absolute paths with ":" between them' })
  pluginRoots: string[] = [];

  @IsMemoryMb()
  rewardPluginMb: number = new Limits().memoryMb;

  @AreVariableNames()
  rewardPluginEnv: readonly string[] = new Limits().env;

  @WholeNumber(1, MAX_DEADLINE_MS)
  rewardDeadlineMs: number = 5_000;

  @WholeNumber(1, 100_000_000)
  rewardMaxRollouts: number = 50_000;

  @WholeNumber(1024, MAX_HTTP_BODY)
  rewardHttpBytes: number = 32 * 2 ** 20;

  @IsIn(['abort', 'abstain'], { message: 'rewardHttpFailure must be abort or abstain' })
  rewardHttpFailure: 'abort' | 'abstain' = 'abort';
}

export const REWARD_ENV: ServiceConfigType<RewardConfig>['env'] = {
  rewardPlugins: {
    name: 'SRVAU_REWARD_PLUGINS',
    kind: 'list',
    doc: 'reward plugins loaded at the start: built-ins, names of packages, or paths of their folders',
  },
  rewardTrusted: {
    name: 'SRVAU_REWARD_TRUSTED',
    kind: 'list',
    doc: 'those of SRVAU_REWARD_PLUGINS that, as the built-ins, run in the service itself; others get a process each',
  },
  pluginRoots: {
    name: 'SRVAU_PLUGIN_ROOTS',
    kind: 'list',
    separator: ':',
    doc: 'directories below which plugins may be loaded at run time, ":" between them; none without it',
  },
  rewardPluginMb: LIMITS_ENV.memoryMb,
  rewardPluginEnv: LIMITS_ENV.env,
  rewardDeadlineMs: {
    name: 'SRVAU_REWARD_DEADLINE_MS',
    kind: 'number',
    doc: 'time after which a plugin has failed, unless a request says otherwise, in ms',
  },
  rewardMaxRollouts: {
    name: 'SRVAU_REWARD_MAX_ROLLOUTS',
    kind: 'number',
    doc: 'rollouts waiting or being scored; beyond it callers are told BUSY',
  },
  rewardHttpBytes: {
    name: 'SRVAU_REWARD_HTTP_BYTES',
    kind: 'number',
    doc: 'largest body of POST /get_reward',
  },
  rewardHttpFailure: {
    name: 'SRVAU_REWARD_HTTP_FAILURE',
    kind: 'string',
    doc: 'what a failed plugin does to a POST /get_reward: abort it, or abstain',
  },
};
