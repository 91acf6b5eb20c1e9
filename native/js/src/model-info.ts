import { type Device, type Dtype } from './types';
import { type PatchShape } from './preprocessor';

export interface ModelInfo {
  readonly device: Device;
  readonly dtype: Dtype;
  /** Of the weights. Those of a mapped model are in the page cache, which it shares with other processes. */
  readonly bytes: number;
  /** Read-only in the checkpoint's memory mapping: cannot be trained or saved. */
  readonly mapped: boolean;
  /** Numbers of values; a head that is tied to the embedding counts once. */
  readonly parameters: { readonly text: number; readonly vision: number; readonly total: number };
  readonly tieWordEmbeddings: boolean;
  readonly text: {
    readonly vocabSize: number;
    readonly hiddenSize: number;
    readonly intermediateSize: number;
    readonly layers: number;
    readonly attentionHeads: number;
    readonly keyValueHeads: number;
    /** Most tokens of a sequence. */
    readonly maxPositions: number;
  };
  readonly vision: PatchShape & {
    readonly layers: number;
    readonly hiddenSize: number;
    /** Values of one patch. */
    readonly patchDim: number;
    /** Pixels. */
    readonly windowSize: number;
    /** Temporal positions a second. */
    readonly tokensPerSecond: number;
  };
  readonly tokens: {
    readonly imagePad: number;
    readonly videoPad: number;
    readonly visionStart: number;
    readonly visionEnd: number;
  };
  /** The config.json it was made from. */
  readonly configJson: string;
}
