import { type ChatMessage, SrvauError } from '@srvau/contracts';
import { collectMedia, type MediaItem } from '../../prompt/media';
import { atField } from '../../prompt/media-files';

export type EncodedPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string } }
  | { type: 'video_url'; video_url: { url: string } };

export interface EncodedMessages {
  messages: readonly { role: ChatMessage['role']; content: string | readonly EncodedPart[] }[];
  /** How a video that is sent whole is to be seen, in vLLM's words; undefined: as the endpoint does. */
  processing: Readonly<Record<string, number>> | undefined;
  /** Characters of text, pictures: what a request may cost. */
  chars: number;
  pictures: number;
}

/** What stands in a message for an image or a video. */
export type EncodeMedia = (item: MediaItem) => Promise<readonly EncodedPart[]>;

/**
 * Chat messages in the form of OpenAI's API. Content of text alone becomes one string, which endpoints without eyes want.
 *
 * @throws SrvauError, with the field, for media that cannot be had
 */
export async function encodeMessages(messages: readonly ChatMessage[], encode: EncodeMedia): Promise<EncodedMessages> {
  const items = collectMedia(messages);
  const byField = new Map<string, readonly EncodedPart[]>();
  for (const item of items) {
    byField.set(item.field, await encode(item).catch((error: unknown) => Promise.reject(atField(error, item.field))));
  }
  const encoded = messages.map(({ role, content }, i) => ({ role, content: contentOf(content, i, byField) }));
  const parts = encoded.flatMap(({ content }): readonly EncodedPart[] =>
    typeof content === 'string' ? [{ type: 'text', text: content }] : content,
  );
  const chars = parts.reduce((sum, part) => sum + ('text' in part ? part.text.length : 0), 0);
  const whole = items.filter(({ field }) => byField.get(field)?.some(({ type }) => type === 'video_url'));
  return {
    messages: encoded,
    processing: processingOf(whole),
    chars,
    pictures: parts.filter(({ type }) => type !== 'text').length,
  };
}

function contentOf(
  content: ChatMessage['content'],
  message: number,
  media: ReadonlyMap<string, readonly EncodedPart[]>,
): string | readonly EncodedPart[] {
  if (typeof content === 'string') return content;
  const parts = content.flatMap((part, j): readonly EncodedPart[] => {
    if (part.type === 'text') return [{ type: 'text', text: part.text }];
    return media.get(`messages[${message}].content[${j}]`) ?? [];
  });
  const texts = parts.map((part) => (part.type === 'text' ? part.text : undefined));
  return texts.every((text) => text !== undefined) ? texts.join('') : parts;
}

/** One setting for a whole request is all that there is. */
function processingOf(videos: readonly MediaItem[]): EncodedMessages['processing'] {
  const settings = videos.map(({ fps, minPixels, maxPixels }) => ({
    ...(fps === undefined ? {} : { fps }),
    ...(minPixels === undefined ? {} : { min_pixels: minPixels }),
    ...(maxPixels === undefined ? {} : { max_pixels: maxPixels }),
  }));
  const [first] = settings;
  const [video] = videos;
  if (first === undefined || video === undefined) return undefined;
  const other = settings.findIndex((each) => JSON.stringify(each) !== JSON.stringify(first));
  if (other >= 0) {
    const expected = `the fps and pixels of ${video.field}, as an endpoint takes them once a request`;
    const received = JSON.stringify(settings[other]);
    throw SrvauError.mismatch('INVALID_REQUEST', videos[other]?.field ?? video.field, expected, received);
  }
  return Object.keys(first).length === 0 ? undefined : first;
}
