import type { ChatMessage, ContentPart } from '@srvau/contracts';
import type { Prompt } from '@srvau/reasoning';

/** How a video is put before a model. */
export interface VideoView {
  /** Frames a second. */
  readonly fps: number;
  /** Most pixels of a frame; null: what the model takes. */
  readonly maxPixels: number | null;
}

/** A prompt as messages; the video, where there is one, comes before the text, as in Qwen's own examples. */
export function messagesOf(
  { system, user }: Pick<Prompt, 'system' | 'user'>,
  videoUri: string | null,
  view: VideoView,
): ChatMessage[] {
  const text: ContentPart = { type: 'text', text: user };
  return [
    { role: 'system', content: system },
    { role: 'user', content: videoUri === null ? user : [videoPart(videoUri, view), text] },
  ];
}

function videoPart(video: string, { fps, maxPixels }: VideoView): ContentPart {
  return { type: 'video', video, fps, ...(maxPixels === null ? {} : { max_pixels: maxPixels }) };
}
