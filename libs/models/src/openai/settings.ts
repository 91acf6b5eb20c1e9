import type { EnvMap } from '@srvau/contracts';
import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, Matches, Max, Min } from 'class-validator';

const MAX_INT = 2 ** 31 - 1;
/** Of a timer in Node.js, 24.8 days. */
const MAX_MS = MAX_INT;

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
  @IsInt()
  @Min(1)
  @Max(10_000)
  maxFrames = 64;

  /** Of one frame; a larger one is scaled down. Parts of a message may say otherwise. */
  @IsInt()
  @Min(64)
  @Max(MAX_INT)
  maxPixels = 512 * 28 * 28;

  /** Of an image, or of a video sent whole, bytes. */
  @IsInt()
  @Min(1)
  @Max(256 * 2 ** 20)
  maxMediaBytes = 64 * 2 ** 20;

  /** `auto`: where the caller wants to see pieces. */
  @IsIn(['auto', 'always', 'never'])
  stream: 'auto' | 'always' | 'never' = 'auto';

  /** Ask for log-probabilities; an endpoint that has none leaves them out, or refuses. */
  @IsBoolean()
  logprobs = false;

  /** Requests under way at a time. */
  @IsInt()
  @Min(1)
  @Max(10_000)
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
  @IsInt()
  @Min(1)
  @Max(100)
  attempts = 6;

  /** Pause before the second attempt, at most; doubled each time. The real one is drawn from 0 to that. */
  @IsInt()
  @Min(0)
  @Max(MAX_MS)
  retryDelayMs = 500;

  /** Of such a pause, at most. */
  @IsInt()
  @Min(0)
  @Max(MAX_MS)
  maxRetryDelayMs = 30_000;

  /** An endpoint that asks for a longer pause than this (`Retry-After`) is given up at once. */
  @IsInt()
  @Min(0)
  @Max(MAX_MS)
  maxRetryAfterMs = 120_000;

  @IsInt()
  @Min(1)
  @Max(MAX_MS)
  connectTimeoutMs = 10_000;

  /** From the request to the first piece of its answer, or to all of it where it is not streamed. */
  @IsInt()
  @Min(1)
  @Max(MAX_MS)
  firstTokenTimeoutMs = 600_000;

  /** Between two pieces of an answer. */
  @IsInt()
  @Min(1)
  @Max(MAX_MS)
  idleTimeoutMs = 60_000;

  /** Of one attempt. */
  @IsInt()
  @Min(1)
  @Max(MAX_MS)
  totalTimeoutMs = 1_200_000;
}

const number = (name: string) => ({ name, kind: 'number', doc: '' }) as const;
const string = (name: string) => ({ name, kind: 'string', doc: '' }) as const;

/** How the text of a URI's parameters becomes settings. */
export const SETTING_PARAMETERS: Required<EnvMap<OpenaiSettings>> = {
  key: string('key'),
  video: string('video'),
  fps: number('fps'),
  maxFrames: number('maxFrames'),
  maxPixels: number('maxPixels'),
  maxMediaBytes: number('maxMediaBytes'),
  stream: string('stream'),
  logprobs: { name: 'logprobs', kind: 'boolean', doc: '' },
  concurrency: number('concurrency'),
  requestsPerMinute: number('requestsPerMinute'),
  tokensPerMinute: number('tokensPerMinute'),
  attempts: number('attempts'),
  retryDelayMs: number('retryDelayMs'),
  maxRetryDelayMs: number('maxRetryDelayMs'),
  maxRetryAfterMs: number('maxRetryAfterMs'),
  connectTimeoutMs: number('connectTimeoutMs'),
  firstTokenTimeoutMs: number('firstTokenTimeoutMs'),
  idleTimeoutMs: number('idleTimeoutMs'),
  totalTimeoutMs: number('totalTimeoutMs'),
};
