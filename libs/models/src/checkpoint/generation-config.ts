import { isObject, type JsonObject, parseDto } from '@srvau/contracts';
import { IsArray, IsBoolean, IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { join } from 'node:path';
import { readJson } from './read-file';

/** Of an id and of a count, which native code holds in 32 bits. */
const MAX_INT = 2 ** 31 - 1;

/** The fields of generation_config.json that say how this project generates. */
class GenerationFile {
  @IsOptional()
  @IsArray()
  @IsInt({ each: true })
  @Min(0, { each: true })
  @Max(MAX_INT, { each: true })
  eos_token_id?: number[];

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INT)
  pad_token_id?: number;

  @IsOptional()
  @IsBoolean()
  do_sample?: boolean;

  @IsOptional()
  @IsNumber()
  @Min(0)
  temperature?: number;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  top_p?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INT)
  top_k?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_INT)
  max_new_tokens?: number;
}

const FIELDS = [
  'eos_token_id',
  'pad_token_id',
  'do_sample',
  'temperature',
  'top_p',
  'top_k',
  'max_new_tokens',
] as const;

/** Fields that change the distribution, each with the value under which it changes nothing. */
const NEUTRAL: Readonly<Record<string, unknown>> = {
  repetition_penalty: 1,
  encoder_repetition_penalty: 1,
  no_repeat_ngram_size: 0,
  encoder_no_repeat_ngram_size: 0,
  min_p: 0,
  typical_p: 1,
  epsilon_cutoff: 0,
  eta_cutoff: 0,
  num_beams: 1,
  min_length: 0,
  min_new_tokens: 0,
};

export interface GenerationConfig {
  /** Tokens that end a completion; empty where the checkpoint names none. */
  eosIds: readonly number[];
  padId: number | undefined;
  /** False where the file does not ask for sampling, which is transformers' default. */
  sample: boolean;
  temperature: number | undefined;
  topP: number | undefined;
  topK: number | undefined;
  maxNewTokens: number | undefined;
  /** Fields that transformers would heed and this project does not, as the file has them, e.g. `repetition_penalty`. */
  ignored: JsonObject;
}

/**
 * Reads generation_config.json; where it, or its end tokens, are absent, config.json says which tokens end a completion,
 * as in transformers.
 *
 * @throws SrvauError UNPROCESSABLE for a field of the wrong type or range
 */
export async function readGenerationConfig(dir: string): Promise<GenerationConfig> {
  const raw = (await readJson(dir, 'generation_config.json')) ?? {};
  const file = parse(raw, join(dir, 'generation_config.json'));
  return {
    eosIds: file.eos_token_id ?? (await eosOfModel(dir)),
    padId: file.pad_token_id,
    sample: file.do_sample ?? false,
    temperature: file.temperature,
    topP: file.top_p,
    topK: file.top_k,
    maxNewTokens: file.max_new_tokens,
    ignored: Object.fromEntries(
      Object.entries(raw).filter(
        ([name, value]) => Object.hasOwn(NEUTRAL, name) && value !== null && value !== NEUTRAL[name],
      ),
    ),
  };
}

async function eosOfModel(dir: string): Promise<number[]> {
  const config = (await readJson(dir, 'config.json')) ?? {};
  const text = isObject(config['text_config']) ? config['text_config'] : {};
  const eos = config['eos_token_id'] ?? text['eos_token_id'];
  return parse({ eos_token_id: eos }, join(dir, 'config.json')).eos_token_id ?? [];
}

function parse(raw: JsonObject, where: string): GenerationFile {
  const fields = Object.fromEntries(FIELDS.map((name) => [name, raw[name]]));
  // One id or a list of them: both are in use.
  if (typeof fields['eos_token_id'] === 'number') fields['eos_token_id'] = [fields['eos_token_id']];
  return parseDto(GenerationFile, fields, where, 'UNPROCESSABLE');
}
