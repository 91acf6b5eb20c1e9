import type { WireError } from '@srvau/contracts';
import type { CheckResult } from '@srvau/reward-sdk/testing';
import type { ModuleManifest } from '../manifest/manifest';

/** The one message to the program. */
export interface ToCheck {
  readonly manifest: ModuleManifest;
  /** Path of golden.json. */
  readonly golden: string;
  /** For each answer of the plugin. */
  readonly deadlineMs: number;
}

export type FromCheck =
  | { readonly kind: 'plan'; readonly names: readonly string[] }
  | { readonly kind: 'check'; readonly name: string }
  | { readonly kind: 'ask'; readonly what: string }
  | { readonly kind: 'result'; readonly result: CheckResult }
  | { readonly kind: 'done'; readonly plugin: string }
  | { readonly kind: 'refused'; readonly error: WireError };
