import { type ChatMessage, type ContentPart, SrvauError } from '@srvau/contracts';

/** A message as chat templates read it. */
export interface TemplateMessage {
  role: string;
  content: string | Record<string, unknown>[];
}

/**
 * Messages in the form that templates are written for: plain objects, because they ask `'video' in part` and a class
 * instance has every field; `video_url` and `image_url` as `video` and `image`, because the published Qwen2.5-VL template
 * renders nothing for a `video_url`.
 */
export function partMessages(messages: readonly ChatMessage[]): TemplateMessage[] {
  return messages.map(({ role, content }) => ({
    role,
    content: typeof content === 'string' ? content : content.map(plainPart),
  }));
}

/**
 * Messages for a template that knows text only: text parts joined without a separator, as a template with parts would.
 * @throws SrvauError INVALID_REQUEST for an image or a video, by its path
 */
export function textMessages(messages: readonly ChatMessage[]): TemplateMessage[] {
  return messages.map(({ role, content }, i) => ({
    role,
    content:
      typeof content === 'string'
        ? content
        : content.map((part, j) => textOf(part, `messages[${i}].content[${j}]`)).join(''),
  }));
}

function plainPart(part: ContentPart): Record<string, unknown> {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return { type: 'image', image: part.image };
    case 'image_url':
      return { type: 'image', image: part.image_url.url };
    case 'video':
      return { type: 'video', video: part.video };
    case 'video_url':
      return { type: 'video', video: part.video_url.url };
  }
}

function textOf(part: ContentPart, field: string): string {
  if (part.type === 'text') return part.text;
  throw SrvauError.mismatch(
    'INVALID_REQUEST',
    field,
    "text, since this checkpoint's chat template takes no media",
    `a part of type ${part.type}`,
  );
}
