import type { RewardScope, RolloutNeed, ScoreRange } from '@srvau/reward-sdk';

interface ManifestCommon {
  /** Of the plugin; the column it fills. */
  readonly id: string;
  /** SDK versions that it is made for, a semver range. */
  readonly sdk: string;
  /** Real path of the package's folder. */
  readonly dir: string;
  readonly package: { readonly name: string; readonly version: string };
  /** The package's description; may be empty. */
  readonly summary: string;
}

/** A plugin in JavaScript: a module whose default export is a value of `defineRewardPlugin`. */
export interface ModuleManifest extends ManifestCommon {
  readonly transport: 'module';
  /** Real path of the module; inside `dir`. */
  readonly entry: string;
}

/** A plugin in any language that answers `srvau.plugin.reward.<id>.v<scoreVersion>` on NATS. */
export interface NatsManifest extends ManifestCommon {
  readonly transport: 'nats';
  readonly scoreVersion: number;
  readonly scope: RewardScope;
  readonly range: ScoreRange;
  readonly needs: readonly RolloutNeed[];
  /** JSON Schema of its options, for people and listings; the plugin itself decides about them. */
  readonly optionsSchema?: Readonly<Record<string, unknown>>;
}

/** What a package says about its plugin under `srvau` in package.json, checked, without running its code. */
export type PluginManifest = ModuleManifest | NatsManifest;
