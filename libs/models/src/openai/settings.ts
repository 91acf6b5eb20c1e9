import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, Matches, Max, Min } from 'class-validator';
import type { ParameterKinds } from '../uri-parameters';

const MAX_INT = 2 ** 31 - 1;
/** Of a timer in Node.js, 24.8 days. */
const MAX_MS = MAX_INT;

function Whole(min: number, max: number): PropertyDecorator {
  return (target, field) => {
    for (const check of [IsInt(), Min(min), Max(max)]) check(target, field);
  };
}

/** How an endpoint is used. Each field may stand in the URI: `openai:https://host/v1#model?concurrency=8`. */
export class OpenaiSettings {
  /** Which key is sent: NAME in SRVAU_OPENAI_API_KEY_<NAME>, or `none`. */
  @IsOptional()
  @Matches(/^(none|[A-Z0-9]([A-Z0-9_]{0,62}[A-Z0-9])?)$/, {
    message: 'key must be none, or of capital letters, digits and _',
  })
  key?: string;

  /** `frames`: sampled pictures, which every endpoint that sees takes. `url`: as `video_url`, which vLLM and SGLang take. */
  @IsIn(['frames', 'url'])
  video: 'frames' | 'url' = 'frames';

  /** Frames a second of videos that do not say. */
  @IsNumber()
  @Min(0.01)
  @Max(60)
  fps = 1;

  /** Of one video; of a longer one fewer a second are taken, evenly over its length. */
  @Whole(1, 10_000)
  maxFrames = 64;

  /** Of one frame; a larger one is scaled down. Parts of a message may say otherwise. */
  @Whole(64, MAX_INT)
  maxPixels = 512 * 28 * 28;

  /** Of an image, or of a video sent whole, bytes. */
  @Whole(1, 256 * 2 ** 20)
  maxMediaBytes = 64 * 2 ** 20;

  /** `auto`: where the caller wants to see pieces. */
  @IsIn(['auto', 'always', 'never'])
  stream: 'auto' | 'always' | 'never' = 'auto';

  /** Ask for log-probabilities; an endpoint that has none leaves them out, or refuses. */
  @IsBoolean()
  logprobs = false;

  /** Requests under way at a time. */
  @Whole(1, 10_000)
  concurrency = 64;

  @IsOptional()
  @IsNumber()
  @Min(0.01)
  @Max(1e9)
  requestsPerMinute?: number;

  /** Of prompts and completions together. */
  @IsOptional()
  @IsNumber()
  @Min(1)
  @Max(1e12)
  tokensPerMinute?: number;

  /** Times a request is sent, at most. */
  @Whole(1, 100)
  attempts = 6;

  /** Pause before the second attempt, at most; doubled each time. The real one is drawn from 0 to that. */
  @Whole(0, MAX_MS)
  retryDelayMs = 500;

  /** Of such a pause, at most. */
  @Whole(0, MAX_MS)
  maxRetryDelayMs = 30_000;

  /** An endpoint that asks for a longer pause than this (`Retry-After`) is given up at once. */
  @Whole(0, MAX_MS)
  maxRetryAfterMs = 120_000;

  @Whole(1, MAX_MS)
  connectTimeoutMs = 10_000;

  /** From the request to the first piece of its answer, or to all of it where it is not streamed. */
  @Whole(1, MAX_MS)
  firstTokenTimeoutMs = 600_000;

  /** Between two pieces of an answer. */
  @Whole(1, MAX_MS)
  idleTimeoutMs = 60_000;

  /** Of one attempt. */
  @Whole(1, MAX_MS)
  totalTimeoutMs = 1_200_000;
}

/** What the text of a URI's parameters stands for. */
export const SETTING_PARAMETERS: ParameterKinds<OpenaiSettings> = {
  ...{
    key: 'string',
    video: 'string',
    fps: 'number',
    maxFrames: 'number',
    maxPixels: 'number',
    maxMediaBytes: 'number',
  },
  ...{ stream: 'string', logprobs: 'boolean' },
  ...{ concurrency: 'number', requestsPerMinute: 'number', tokensPerMinute: 'number' },
  ...{ attempts: 'number', retryDelayMs: 'number', maxRetryDelayMs: 'number', maxRetryAfterMs: 'number' },
  ...{ connectTimeoutMs: 'number', firstTokenTimeoutMs: 'number', idleTimeoutMs: 'number', totalTimeoutMs: 'number' },
};
