import type { WireError } from '@srvau/contracts';
import type { Grammar } from '@srvau/reasoning';
import type { ScoreRange } from '@srvau/reward-sdk';
import type { ModuleManifest } from '../manifest/manifest';
import type { CodeInfo } from '../run/plugin-info';
import type { PackedOutcomes } from './packed-outcomes';

type Plain = Readonly<Record<string, unknown>>;

/** The first message. */
export interface LoadMessage {
  readonly kind: 'load';
  readonly manifest: ModuleManifest;
  readonly options: Plain;
}

/** The rollouts come after it as bytes, see PackedRollouts. */
export interface ScoreMessage {
  readonly kind: 'score';
  readonly seq: number;
  /** How many rollouts will come. */
  readonly size: number;
  readonly grammar: Grammar;
  readonly options?: Plain;
  readonly step?: number;
}

export type ToPlugin =
  LoadMessage | ScoreMessage | { readonly kind: 'abort'; readonly seq: number } | { readonly kind: 'close' };

export type Answer =
  | {
      readonly kind: 'outcomes';
      readonly seq: number;
      readonly outcomes: PackedOutcomes;
      /** Of scores under the options of the batch. */
      readonly range: ScoreRange;
    }
  /** Refused before the plugin saw the batch, e.g. for its options. */
  | { readonly kind: 'rejected'; readonly seq: number; readonly error: WireError };

export type FromPlugin =
  | { readonly kind: 'ready'; readonly code: CodeInfo }
  | { readonly kind: 'refused'; readonly error: WireError }
  /** From here on the end of the process is put down to this batch. */
  | { readonly kind: 'started'; readonly seq: number }
  | Answer
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn';
      readonly message: string;
      readonly fields: Plain;
    };
