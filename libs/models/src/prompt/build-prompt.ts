import { type ChatMessage, SrvauError, cutText } from '@srvau/contracts';
import type { ChatTemplate } from '../chat-template/chat-template';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { collectMedia, type MediaItem, type MediaKind } from './media';
import { expandVisionPads, tokensOfGrid, type VisionGrid, type VisionSpan } from './vision-pads';

export const PAD_TOKENS: Readonly<Record<MediaKind, string>> = { image: '<|image_pad|>', video: '<|video_pad|>' };

export interface PromptOptions {
  tokenizer: Tokenizer;
  template: ChatTemplate;
  /** One for each image and video, in the order of `collectMedia`. */
  visionGrids: readonly VisionGrid[];
  /** Patches that become one token, along one side; `spatial_merge_size` of config.json, 2 in the published models. */
  mergeSize?: number;
  /** Whether the assistant's turn begins at the end; true by default. */
  addGenerationPrompt?: boolean;
}

export interface Prompt {
  /** Pads expanded. */
  inputIds: number[];
  /** Where each image and video stands in inputIds, in order. */
  spans: (VisionSpan & { grid: VisionGrid })[];
}

/**
 * Turns a conversation into what the model reads.
 *
 * Text may not contain the pad tokens: they would stand for a picture that is not there. Other special tokens in text are
 * recognised as such, as in transformers.
 *
 * @throws SrvauError INVALID_REQUEST: a pad in text, by its path; grids that do not fit the media. UNPROCESSABLE: a
 *   checkpoint without pad tokens, or whose template leaves media out.
 */
export function buildPrompt(messages: readonly ChatMessage[], options: PromptOptions): Prompt {
  const { tokenizer, template, visionGrids, mergeSize = 2, addGenerationPrompt = true } = options;
  refusePadsInText(messages);
  const media = collectMedia(messages);
  if (media.length !== visionGrids.length) {
    const expected = `${media.length}, one for each image or video`;
    throw SrvauError.mismatch('INVALID_REQUEST', 'visionGrids', expected, String(visionGrids.length));
  }
  const ids = tokenizer.encode(template.render(messages, { addGenerationPrompt }));
  if (media.length === 0) return { inputIds: ids, spans: [] };

  const pads = { image: tokenizer.idOf(PAD_TOKENS.image), video: tokenizer.idOf(PAD_TOKENS.video) };
  requirePads(ids, media, pads);
  const expanded = expandVisionPads(
    ids,
    visionGrids.map((grid) => tokensOfGrid(grid, mergeSize)),
    pads,
  );
  const spans = expanded.spans.flatMap((span, i) => visionGrids.slice(i, i + 1).map((grid) => ({ ...span, grid })));
  return { inputIds: expanded.ids, spans };
}

function refusePadsInText(messages: readonly ChatMessage[]): void {
  const refuse = (text: string, field: string): void => {
    const pad = Object.values(PAD_TOKENS).find((token) => text.includes(token));
    if (pad === undefined) return;
    throw SrvauError.mismatch('INVALID_REQUEST', field, `text without ${pad}`, cutText(JSON.stringify(text)));
  };
  for (const [i, { content }] of messages.entries()) {
    if (typeof content === 'string') refuse(content, `messages[${i}].content`);
    else {
      for (const [j, part] of content.entries()) {
        if (part.type === 'text') refuse(part.text, `messages[${i}].content[${j}].text`);
      }
    }
  }
}

/** A template may leave out, reorder or repeat what it shows; then pictures and places would not go together. */
function requirePads(ids: readonly number[], media: readonly MediaItem[], pads: Record<MediaKind, number>): void {
  const rendered = ids
    .filter((id) => id === pads.image || id === pads.video)
    .map((id) => (id === pads.video ? 'video' : 'image'));
  const given = media.map(({ kind }) => kind);
  if (rendered.join() === given.join()) return;
  const show = (kinds: readonly MediaKind[]): string => (kinds.length === 0 ? 'none' : cutText(kinds.join(', ')));
  throw SrvauError.mismatch('UNPROCESSABLE', 'media in the rendered chat template', show(given), show(rendered));
}
