import { plainToInstance, Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  Equals,
  IsIn,
  IsObject,
  IsString,
  Length,
  Matches,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { FramePixels, FramesPerSecond } from './video-rules';

export const CHAT_ROLES = ['system', 'user', 'assistant'] as const;
export type ChatRole = (typeof CHAT_ROLES)[number];

/** What a part names is fetched by the service that runs the model, under its own allow-list. */
const MEDIA_URI = /^(file:\/\/\/|s3:\/\/|https:\/\/)\S+$/;
const mediaUri = { message: '$property must be a file:///…, s3://bucket/key or https://… URI' };

export class TextPart {
  @Equals('text')
  type!: 'text';

  @IsString()
  text!: string;
}

/** How large a picture the model sees. Names are those of Qwen's own tools. */
export class PixelBudget {
  /** Pixels of one picture or frame after resizing, at least. */
  @FramePixels()
  min_pixels?: number;

  /** Pixels of one picture or frame after resizing, at most. */
  @FramePixels()
  max_pixels?: number;
}

export class VideoOptions extends PixelBudget {
  /** Frames per second of video that the model sees; where absent, the backend's own (the paper: 1). */
  @FramesPerSecond()
  fps?: number;
}

export class ImagePart extends PixelBudget {
  @Equals('image')
  type!: 'image';

  @IsString()
  @Length(1, 2000)
  @Matches(MEDIA_URI, mediaUri)
  image!: string;
}

export class VideoPart extends VideoOptions {
  @Equals('video')
  type!: 'video';

  @IsString()
  @Length(1, 2000)
  @Matches(MEDIA_URI, mediaUri)
  video!: string;
}

export class MediaUrl {
  @IsString()
  @Length(1, 2000)
  @Matches(MEDIA_URI, mediaUri)
  url!: string;
}

/** An image in the form of OpenAI's API; means the same as ImagePart. */
export class ImageUrlPart extends PixelBudget {
  @Equals('image_url')
  type!: 'image_url';

  @IsObject()
  @ValidateNested()
  @Type(() => MediaUrl)
  image_url!: MediaUrl;
}

/** A video in the form that vLLM adds to OpenAI's API; means the same as VideoPart. */
export class VideoUrlPart extends VideoOptions {
  @Equals('video_url')
  type!: 'video_url';

  @IsObject()
  @ValidateNested()
  @Type(() => MediaUrl)
  video_url!: MediaUrl;
}

export type ContentPart = TextPart | ImagePart | VideoPart | ImageUrlPart | VideoUrlPart;

const PARTS = {
  text: TextPart,
  image: ImagePart,
  video: VideoPart,
  image_url: ImageUrlPart,
  video_url: VideoUrlPart,
} as const;
const PART_TYPES = Object.keys(PARTS);

/** Stands for a part of no known type, so that its one fault is reported, not a stranger in each of its fields. */
class UnknownPart {
  @IsIn(PART_TYPES)
  type: unknown;
}

/** A part's class goes by its `type`; class-transformer's own discriminator throws a TypeError for a part that is null. */
function toPart(value: unknown): object {
  const type: unknown = value !== null && typeof value === 'object' && 'type' in value ? value.type : undefined;
  if (typeof type === 'string' && Object.hasOwn(PARTS, type)) {
    return plainToInstance(PARTS[type as keyof typeof PARTS] as new () => object, value, { exposeDefaultValues: true });
  }
  return Object.assign(new UnknownPart(), { type });
}

const contentSchema = {
  oneOf: [
    { type: 'string' as const },
    {
      type: 'array' as const,
      minItems: 1,
      maxItems: 1000,
      items: { oneOf: Object.values(PARTS).map(({ name }) => ({ $ref: `#/$defs/${name}` })) },
    },
  ],
};

/** One turn of a conversation, as vLLM's API and Qwen's own tools take it. */
export class ChatMessage {
  @IsIn(CHAT_ROLES)
  role!: ChatRole;

  /** Text, or parts in the order in which the model reads them. */
  @ValidateIf(({ content }: ChatMessage) => typeof content !== 'string')
  @ArrayMaxSize(1000, { message: 'content must have at most 1000 parts' })
  @ArrayNotEmpty({ message: 'content must be a string or an array of parts' })
  @ValidateNested({ each: true, message: 'content must be a string or an array of parts' })
  @Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? value.map(toPart) : value))
  @JSONSchema(() => contentSchema)
  content!: string | ContentPart[];
}
