import type { MessagePort } from 'node:worker_threads';
import type { WireError } from '@srvau/contracts';
import type { CheckResult } from '@srvau/reward-sdk/testing';
import type { ModuleManifest } from '../manifest/manifest';

export interface CheckData {
  readonly port: MessagePort;
  readonly manifest: ModuleManifest;
  /** Path of golden.json. */
  readonly golden: string;
}

export type FromCheck =
  | { readonly kind: 'check'; readonly name: string }
  | { readonly kind: 'result'; readonly result: CheckResult }
  | { readonly kind: 'done'; readonly plugin: string }
  | { readonly kind: 'refused'; readonly error: WireError };
