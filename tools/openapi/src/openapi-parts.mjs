import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { createGenerator } from 'ts-json-schema-generator';

/** Folder of the files that this tool writes, relative to the root. */
export const FOLDER = 'apps/evaluation/src/http/openapi';

/** Types of the contract that the evaluation service answers with over HTTP; what they refer to comes with them. */
const REPLIES = [
  ...['EvaluationScores', 'EvaluationScoreJob', 'EvaluationPredictReply', 'JobAccepted', 'JobRecord', 'WireError'],
  ...['EvaluationReport', 'ListReportsReply', 'ReportComparison'],
];

/** Their schemas are made from the rules that validate them; only what the comments say comes from here. */
const REQUESTS = [
  ...['EvaluationScoreRequest', 'EvaluationPredictRequest', 'EvaluationRunRequest', 'EvaluationJudgeRequest'],
  ...['ListReportsRequest', 'CompareReportsRequest'],
];

/**
 * `reply-schemas.json`: JSON Schemas of the replies by name, whose references read `#/definitions/<name>`. Replies may get more
 * fields, so they are open. `request-texts.json`: of each class of a request what its comments say of its fields.
 *
 * @param {string} root
 * @returns {Promise<Map<string, string>>} by path relative to the root, JSON as it is committed
 * @throws Error where a name is none that a component of an OpenAPI document may have
 */
export async function openApiParts(root) {
  const generator = createGenerator({
    path: join(root, 'libs/contracts/src/index.ts'),
    tsconfig: join(root, 'libs/contracts/tsconfig.json'),
    skipTypeCheck: true,
    additionalProperties: true,
  });
  const replies = definitionsOf(generator, REPLIES);
  const strange = Object.keys(replies).find((name) => !/^[\w.-]+$/.test(name));
  if (strange !== undefined) throw new Error(`expected types with names of their own in replies, received ${strange}`);
  const texts = Object.entries(definitionsOf(generator, REQUESTS))
    .map(([name, schema]) => /** @type {const} */ ([name, textsOf(schema)]))
    .filter(([, fields]) => Object.keys(fields).length > 0);
  return new Map([
    await committed(root, 'reply-schemas.json', replies),
    await committed(root, 'request-texts.json', Object.fromEntries(texts)),
  ]);
}

/**
 * @typedef {{ properties?: Record<string, { description?: string }> }} Schema
 * @param {{ createSchema(type: string): { definitions?: object } }} generator
 * @param {string[]} types
 * @returns {Record<string, Schema>} of the types and of all that they refer to, by name
 */
function definitionsOf(generator, types) {
  const all = types.flatMap((type) => Object.entries(generator.createSchema(type).definitions ?? {}));
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @param {Schema} schema */
function textsOf({ properties = {} }) {
  const told = Object.entries(properties).map(([field, { description }]) => [field, description]);
  return Object.fromEntries(told.filter(([, description]) => description !== undefined));
}

/**
 * @param {string} root
 * @param {string} name
 * @param {object} content
 * @returns {Promise<[path: string, text: string]>}
 */
async function committed(root, name, content) {
  const path = `${FOLDER}/${name}`;
  const filepath = join(root, path);
  const text = JSON.stringify(content, (_, value) => withPrefixItems(value));
  return [path, await format(text, { ...(await resolveConfig(filepath)), filepath })];
}

/**
 * The generator writes tuples as draft 7 has them; OpenAPI 3.1 wants those of draft 2020-12.
 *
 * @param {unknown} value
 */
function withPrefixItems(value) {
  if (value === null || typeof value !== 'object' || !('items' in value) || !Array.isArray(value.items)) return value;
  const { items: prefixItems, ...rest } = value;
  return { ...rest, prefixItems };
}
