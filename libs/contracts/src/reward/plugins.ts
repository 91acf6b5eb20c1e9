import { IsObject, IsOptional, IsString, Length, Matches } from 'class-validator';
import type { JsonSchema } from '../validation/json-schema';
import { PLUGIN_ID } from './score';

/** Where a plugin's code runs: in the service itself, in a child process of it, or in another program behind NATS. */
export type PluginIsolation = 'in-process' | 'child-process' | 'nats';

export interface PluginHealth {
  state: 'ready' | 'restarting' | 'closed';
  /** How often its process has had to be started again. */
  restarts: number;
  lastError?: string;
}

/** One loaded plugin. */
export interface PluginStatus {
  id: string;
  scoreVersion: number;
  summary: string;
  scope: 'sample' | 'group';
  /** What a rollout must have; the service abstains in the plugin's name where it is missing. */
  needs: string[];
  /** Of scores under the default options. */
  range: { min: number; max: number };
  /** Range of SDK versions that the plugin was written for. */
  sdk: string;
  /** Package name or folder, as it was given. */
  source: string;
  package: { name: string; version: string };
  isolation: PluginIsolation;
  optionsSchema: JsonSchema;
  /** That it was loaded with, complete with defaults. */
  options: Readonly<Record<string, unknown>>;
  health: PluginHealth;
}

/** Reply of `srvau.reward.plugins`. */
export interface ListPluginsReply {
  /** By id, in alphabetical order. */
  plugins: PluginStatus[];
  /** Ids of plugins that `srvau.reward.unload` has taken away, maybe before this replica started. */
  unloaded: string[];
}

/** Request of `srvau.reward.load`. */
export class LoadPluginRequest {
  /** Package name, or the path of a package's folder on the service's machine. */
  @IsString()
  @Length(1, 4096)
  source!: string;

  /** Defaults for requests that name no options of this plugin. */
  @IsOptional()
  @IsObject()
  options?: Record<string, unknown>;
}

/** Request of `srvau.reward.reload` and `.unload`. */
export class PluginIdRequest {
  @Matches(PLUGIN_ID, { message: 'id must be the id of a plugin, lower-case words joined by "-"' })
  id!: string;
}

/** Reply of `srvau.reward.unload`. */
export interface UnloadPluginReply {
  id: string;
  unloaded: true;
}
