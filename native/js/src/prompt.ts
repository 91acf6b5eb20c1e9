import { type NativePrompt } from './addon';
import { type Clip } from './clip';
import { handleOf } from './handle';
import { type TokenIds } from './types';
import { toIds, toList, toObject } from './values';

/** Token ids with every pad token of its clips, and the clips in order of appearance: each unbroken run of pads is one. */
export interface Prompt {
  readonly ids: TokenIds;
  readonly clips?: readonly Clip[];
}

/** @param prompt where it comes from JavaScript without types, anything */
export function toPrompt(prompt: Prompt | null | undefined, what: string): NativePrompt {
  const { ids, clips } = toObject(prompt, what);
  return {
    ids: toIds(ids, `${what}.ids`),
    clips: toList(clips ?? [], `${what}.clips`).map(handleOf),
  };
}
