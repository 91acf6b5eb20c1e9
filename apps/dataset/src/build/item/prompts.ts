import type { ChatMessage, ContentPart } from '@srvau/contracts';
import type { Prompt } from '@srvau/reasoning';
import type { BuildSettings } from '../settings';

/** How a video is put before a model. */
export type VideoView = Pick<BuildSettings, 'fps' | 'maxPixels'>;

/** A prompt as messages; the video, where there is one, comes before the text, as in Qwen's own examples. */
export function messagesOf({ system, user }: Prompt, videoUri: string | null, view: VideoView): ChatMessage[] {
  const text: ContentPart = { type: 'text', text: user };
  return [
    { role: 'system', content: system },
    { role: 'user', content: videoUri === null ? user : [videoPart(videoUri, view), text] },
  ];
}

function videoPart(video: string, { fps, maxPixels }: VideoView): ContentPart {
  return { type: 'video', video, fps, ...(maxPixels === null ? {} : { max_pixels: maxPixels }) };
}
