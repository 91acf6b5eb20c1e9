import type { ChatMessage } from '@srvau/contracts';

export type MediaKind = 'image' | 'video';

/** An image or a video that a conversation shows, with how it is to be seen. */
export interface MediaItem {
  kind: MediaKind;
  uri: string;
  /** Where in the request it stands, for errors: `messages[0].content[1]`. */
  field: string;
  /** Pixels of one picture or frame after resizing; absent: the checkpoint's own. */
  minPixels?: number;
  maxPixels?: number;
  /** Frames per second of video, videos only; absent: the backend's own. */
  fps?: number;
}

/** Images and videos in the order in which the model reads them. */
export function collectMedia(messages: readonly ChatMessage[]): MediaItem[] {
  return messages.flatMap(({ content }, i) => {
    if (typeof content === 'string') return [];
    return content.flatMap((part, j): MediaItem[] => {
      if (part.type === 'text') return [];
      const isVideo = part.type === 'video' || part.type === 'video_url';
      return [
        {
          kind: isVideo ? 'video' : 'image',
          uri: uriOf(part),
          field: `messages[${i}].content[${j}]`,
          ...(part.min_pixels === undefined ? {} : { minPixels: part.min_pixels }),
          ...(part.max_pixels === undefined ? {} : { maxPixels: part.max_pixels }),
          ...(!isVideo || part.fps === undefined ? {} : { fps: part.fps }),
        },
      ];
    });
  });
}

type MediaPart = Exclude<Exclude<ChatMessage['content'], string>[number], { type: 'text' }>;

function uriOf(part: MediaPart): string {
  switch (part.type) {
    case 'image':
      return part.image;
    case 'image_url':
      return part.image_url.url;
    case 'video':
      return part.video;
    case 'video_url':
      return part.video_url.url;
  }
}
