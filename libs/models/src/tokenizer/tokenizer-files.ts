import { join } from 'node:path';
import { describe, isObject, type JsonObject } from '@srvau/contracts';
import { type GenerationConfig, readGenerationConfig } from '../checkpoint/generation-config';
import { readJson, unusable } from '../checkpoint/read-file';

export interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

/** The tokens that tokenizer_config.json gives a role, by the names that chat templates use. */
export const NAMED_TOKENS = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;
export type NamedToken = (typeof NAMED_TOKENS)[number];

export interface TokenizerFiles {
  /** Path of tokenizer.json, for errors. */
  where: string;
  /** tokenizer.json, with the added tokens that only tokenizer_config.json names. */
  tokenizer: JsonObject;
  vocab: ReadonlyMap<string, number>;
  merges: readonly (readonly [string, string])[];
  addedTokens: readonly AddedToken[];
  /** tokenizer_config.json; empty where there is none. */
  config: JsonObject;
  named: Readonly<Partial<Record<NamedToken, string>>>;
  generation: GenerationConfig;
}

/**
 * Reads and checks the files of a checkpoint that concern text.
 * @throws SrvauError UNPROCESSABLE, naming file and field
 */
export async function readTokenizerFiles(dir: string): Promise<TokenizerFiles> {
  const where = join(dir, 'tokenizer.json');
  const [tokenizer, config, generation] = await Promise.all([
    readJson(dir, 'tokenizer.json'),
    readJson(dir, 'tokenizer_config.json'),
    readGenerationConfig(dir),
  ]);
  if (tokenizer === undefined) throw unusable(where, 'the tokenizer of the checkpoint', 'nothing');
  requireByteLevelBpe(tokenizer, where);
  const model = tokenizer['model'] as JsonObject;
  const special = namesOfSpecial(config ?? {});
  const addedTokens = readAddedTokens(tokenizer, config ?? {}, where).map((token) => ({
    ...token,
    special: token.special || special.has(token.content),
  }));
  return {
    where,
    tokenizer: { ...tokenizer, added_tokens: addedTokens },
    vocab: readVocab(model['vocab'], `${where}: model.vocab`),
    merges: readMerges(model['merges'], `${where}: model.merges`),
    addedTokens,
    config: config ?? {},
    named: namedTokens(config ?? {}),
    generation,
  };
}

/** Everything that the Qwen family has and GPT-2 began; other kinds would be encoded wrongly, so they are refused. */
function requireByteLevelBpe(tokenizer: JsonObject, where: string): void {
  const model = isObject(tokenizer['model']) ? tokenizer['model'] : {};
  const decoder = isObject(tokenizer['decoder']) ? tokenizer['decoder'] : {};
  const rules: [field: string, value: unknown, allowed: readonly unknown[]][] = [
    ['model.type', model['type'], ['BPE']],
    ['model.byte_fallback', model['byte_fallback'] ?? false, [false]],
    ['model.dropout', model['dropout'] ?? null, [null, 0]],
    ['model.continuing_subword_prefix', model['continuing_subword_prefix'] ?? '', ['']],
    ['model.end_of_word_suffix', model['end_of_word_suffix'] ?? '', ['']],
    ['decoder.type', decoder['type'], ['ByteLevel']],
  ];
  for (const [field, value, allowed] of rules) {
    if (!allowed.includes(value)) throw unusable(`${where}: ${field}`, JSON.stringify(allowed[0]), describe(value));
  }
}

function readVocab(value: unknown, where: string): Map<string, number> {
  if (!isObject(value)) throw unusable(where, 'an object of tokens and ids', describe(value));
  const vocab = new Map(Object.entries(value) as [string, number][]);
  const ids = new Set<number>();
  for (const [token, id] of vocab) {
    if (!isTokenId(id) || ids.has(id))
      throw unusable(`${where}[${JSON.stringify(token)}]`, 'a unique id ≥ 0', describe(id));
    ids.add(id);
  }
  return vocab;
}

/** `["a b", …]` until 2024, `[["a", "b"], …]` since. */
function readMerges(value: unknown, where: string): (readonly [string, string])[] {
  if (!Array.isArray(value)) throw unusable(where, 'an array of pairs', describe(value));
  return value.map((merge: unknown, rank) => {
    const pair: unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const [left, right] = pair;
    if (pair.length === 2 && typeof left === 'string' && typeof right === 'string') return [left, right] as const;
    throw unusable(`${where}[${rank}]`, 'a pair of tokens', describe(merge));
  });
}

function readAddedTokens(tokenizer: JsonObject, config: JsonObject, where: string): AddedToken[] {
  const given: unknown = tokenizer['added_tokens'] ?? [];
  if (!Array.isArray(given)) throw unusable(`${where}: added_tokens`, 'an array', describe(given));
  const fromConfig = isObject(config['added_tokens_decoder']) ? Object.entries(config['added_tokens_decoder']) : [];
  const later = fromConfig.map(([id, token]) => (isObject(token) ? { ...token, id: Number(id) } : token));
  const found = new Map<string, AddedToken>();
  for (const token of [...(given as unknown[]), ...later]) {
    if (
      !isObject(token) ||
      !isTokenId(token['id']) ||
      typeof token['content'] !== 'string' ||
      token['content'] === ''
    ) {
      throw unusable(`${where}: added_tokens`, 'tokens with an id ≥ 0 and content', describe(token));
    }
    const { id, content } = token as unknown as AddedToken;
    const same = found.get(content);
    if (same !== undefined && same.id !== id)
      throw unusable(`${where}: added token ${content}`, `id ${same.id}`, `${id}`);
    if (same === undefined) found.set(content, { ...token, id, content, special: token['special'] === true });
  }
  return [...found.values()];
}

function namedTokens(config: JsonObject): Partial<Record<NamedToken, string>> {
  const found = NAMED_TOKENS.map((name) => [name, contentOf(config[name])] as const);
  return Object.fromEntries(found.filter(([, content]) => content !== undefined));
}

function namesOfSpecial(config: JsonObject): ReadonlySet<string> {
  // The list was renamed with transformers 5.
  const lists = [config['additional_special_tokens'], config['extra_special_tokens']];
  const more = lists.flatMap((list): unknown[] =>
    isObject(list) ? Object.values(list) : Array.isArray(list) ? list : [],
  );
  const contents = [...Object.values(namedTokens(config)), ...more.map(contentOf)];
  return new Set(contents.filter((content) => content !== undefined));
}

/** A token is written as its text, or as an object with its text under `content`. */
function contentOf(token: unknown): string | undefined {
  const content = isObject(token) ? token['content'] : token;
  return typeof content === 'string' ? content : undefined;
}

/** Larger ids than any vocabulary has would make an array of ids that fills the memory. */
function isTokenId(id: unknown): id is number {
  return Number.isInteger(id) && (id as number) >= 0 && (id as number) < 2 ** 22;
}
