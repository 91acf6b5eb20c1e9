/**
 * Forms in which trainers take conversations.
 *
 * - `trl`: `prompt` and `completion` as lists of turns, the video in `videos`
 * - `ms-swift`, `llama-factory`: `messages` and `videos`, with `<video>` where the video stands in the text
 */
export const EXPORT_FORMATS = ['trl', 'ms-swift', 'llama-factory'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** `sft`: prompt and transcript. `grpo`: prompt, and what is right in columns for reward functions. */
export type ExportKind = 'sft' | 'grpo';

/** Says of an export directory what it is; the name is unlike any that the trainers look for. */
export const EXPORT_CARD = 'srvau-export.json';
export const EXPORT_CARD_FORMAT = 'srvau-reflect-export';

/** Column that holds, as JSON text, what is in no turn of the conversation; see `packParts`. */
export const PARTS_COLUMN = 'srvau';

export interface Turn {
  role: 'system' | 'user' | 'assistant';
  content: string;
}
