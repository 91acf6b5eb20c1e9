import type { MessagePort } from 'node:worker_threads';
import type { WireError } from '@srvau/contracts';
import type { Grammar } from '@srvau/reasoning';
import type { ModuleManifest } from '../manifest/manifest';
import type { CodeInfo } from '../run/plugin-info';
import type { PackedOutcomes } from './packed-outcomes';
import type { PackedRows } from './packed-rows';

type Plain = Readonly<Record<string, unknown>>;

/** What a thread is started with. */
export interface ThreadData {
  /** Ours alone: the thread's `parentPort` is within reach of the plugin. */
  readonly port: MessagePort;
  readonly manifest: ModuleManifest;
  readonly options: Plain;
}

/** Rows travel in their wire form: see RolloutBatch. */
export interface ScoreMessage {
  readonly kind: 'score';
  readonly seq: number;
  readonly rows: PackedRows;
  readonly grammar: Grammar;
  readonly options?: Plain;
  readonly step?: number;
}

export type ToThread = ScoreMessage | { readonly kind: 'abort'; readonly seq: number } | { readonly kind: 'close' };

export type Answer =
  | { readonly kind: 'outcomes'; readonly seq: number; readonly outcomes: PackedOutcomes }
  /** Refused before the plugin saw the batch, e.g. for its options. */
  | { readonly kind: 'rejected'; readonly seq: number; readonly error: WireError };

export type FromThread =
  | { readonly kind: 'ready'; readonly code: CodeInfo }
  | { readonly kind: 'refused'; readonly error: WireError }
  /** From here on the end of the thread is put down to this batch. */
  | { readonly kind: 'started'; readonly seq: number }
  | Answer
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn';
      readonly message: string;
      readonly fields: Plain;
    };
