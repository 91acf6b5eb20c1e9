import { dirname } from 'node:path';
import {
  ChatMessage,
  Completions,
  describe,
  isObject,
  MaxNewTokens,
  parseDto,
  parseJson,
  Seed,
  SrvauError,
  Temperature,
  TopK,
  TopP,
} from '@srvau/contracts';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import type { MropeVariant } from '@srvau/native';
import { toUri } from '../arguments/uri';
import { readInput } from './input-file';

const MROPE_VARIANTS: readonly MropeVariant[] = ['transformers-4.57', 'transformers-5.18'];
const MAX_ID = 2 ** 31 - 1;

/** How completions are drawn, named as in transformers and vLLM; what is absent is what the checkpoint says. */
class SamplingFields {
  /** Completions. */
  @Completions()
  n?: number;

  /** 0: the likeliest token each time. */
  @Temperature()
  temperature?: number;

  @TopP()
  top_p?: number;

  /** 0 keeps all. */
  @TopK()
  top_k?: number;

  @MaxNewTokens()
  max_new_tokens?: number;

  @Seed()
  seed?: number;

  /** In place of the checkpoint's end tokens. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1000)
  @IsInt({ each: true })
  @Min(0, { each: true })
  @Max(MAX_ID, { each: true })
  stop_token_ids?: number[];

  @IsOptional()
  @IsIn(MROPE_VARIANTS)
  mrope?: MropeVariant;
}

class ChatFile extends SamplingFields {
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => ChatMessage)
  messages!: ChatMessage[];

  /** Texts that end a completion. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(16)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  stop?: string[];
}

class TokenFile extends SamplingFields {
  /** Pads expanded. Its values are checked one by one, so that a fault is named by its place. */
  @IsArray()
  @ArrayNotEmpty()
  input_ids!: number[];

  /** safetensors file with patches, relative to the request. */
  @IsOptional()
  @IsString()
  @Length(1, 4096)
  vision?: string;
}

export type SamplingRequest = SamplingFields;
export type ChatRequest = ChatFile & { kind: 'chat' };
export type TokenRequest = TokenFile & { kind: 'tokens' };
/** What is to be completed or scored: a conversation, or token ids as they are. */
export type ModelRequest = ChatRequest | TokenRequest;

/**
 * Reads a request: chat messages (an object with them, or the bare array), or token ids. Plain paths of media are taken
 * relative to the request's folder.
 *
 * @param file absolute
 * @throws SrvauError INVALID_JSON, INVALID_REQUEST naming each field, NOT_FOUND …; CliError for a path that is none
 */
export async function readRequest(file: string, signal: AbortSignal): Promise<ModelRequest> {
  const parsed = parseJson(await readInput(file, signal), file);
  const value = Array.isArray(parsed) ? { messages: parsed } : parsed;
  const isTokens = isObject(value) && 'input_ids' in value;
  if (isTokens && 'messages' in value) {
    throw SrvauError.mismatch('INVALID_REQUEST', file, 'messages or input_ids', 'both');
  }
  if (isTokens) {
    const request = parseDto(TokenFile, value, file);
    requireIds(request.input_ids, file);
    return Object.assign(request, { kind: 'tokens' as const });
  }
  const request = parseDto(ChatFile, withUris(value, dirname(file)), file);
  return Object.assign(request, { kind: 'chat' as const });
}

function requireIds(ids: readonly unknown[], file: string): void {
  for (const [i, id] of ids.entries()) {
    if (Number.isInteger(id) && (id as number) >= 0 && (id as number) <= MAX_ID) continue;
    const field = `input_ids[${i}]`;
    throw SrvauError.mismatch('INVALID_REQUEST', `${file}: ${field}`, 'a token id ≥ 0', describe(id), { field });
  }
}

const MEDIA_FIELDS = ['video', 'image'] as const;

/** The request with media paths as URIs; what is not of the expected form is left for validation to name. */
function withUris(value: unknown, dir: string): unknown {
  if (!isObject(value) || !Array.isArray(value['messages'])) return value;
  const messages = value['messages'].map((message: unknown, i) => {
    if (!isObject(message) || !Array.isArray(message['content'])) return message;
    const content = message['content'].map((part: unknown, j) => {
      if (!isObject(part)) return part;
      const field = `messages[${i}].content[${j}]`;
      const changed = { ...part };
      for (const name of MEDIA_FIELDS) {
        if (Object.hasOwn(part, name)) changed[name] = asUri(part[name], dir, `${field}.${name}`);
        const wrapped = part[`${name}_url`];
        if (isObject(wrapped)) {
          changed[`${name}_url`] = { ...wrapped, url: asUri(wrapped['url'], dir, `${field}.${name}_url.url`) };
        }
      }
      return changed;
    });
    return { ...message, content };
  });
  return { ...value, messages };
}

function asUri(typed: unknown, dir: string, field: string): unknown {
  return typeof typed === 'string' && typed !== '' ? toUri(typed, dir, field) : typed;
}
