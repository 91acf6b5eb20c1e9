import { jsonSchemaOf } from '../validation/json-schema';
import { parseDto } from '../validation/parse-dto';
import type { SrvauError } from '../wire/errors';
import { EvaluationScoreRequest, readEvaluationScoreRequest } from './score-predictions';

const refusal = (data: unknown): SrvauError => {
  try {
    readEvaluationScoreRequest(data, 'request');
  } catch (error) {
    return error as SrvauError;
  }
  throw new Error('expected a refusal');
};

const predictions = [{ id: 'a', answer: 'B' }];
const references = [{ id: 'a', task: 'qa', label: 'B' }];
const uris = { predictionsUri: 'file:///p.jsonl', referencesUri: 'file:///r.jsonl' };

describe('readEvaluationScoreRequest', () => {
  it('takes rows, URIs, or one of each', () => {
    const settings = { protocol: 'vau-bench', grammar: 'single', resamples: 0, seed: 3 };
    const request = readEvaluationScoreRequest({ predictions, references, ...settings }, 'request');
    expect(request).toMatchObject({ predictions, references, ...settings });
    expect(readEvaluationScoreRequest(uris, 'request')).toMatchObject(uris);
    const mixed = { predictions, referencesUri: uris.referencesUri };
    expect(readEvaluationScoreRequest(mixed, 'request')).toMatchObject(mixed);
    for (const body of [{ predictions, references, ...settings }, uris, mixed]) {
      parseDto(EvaluationScoreRequest, body, 'request');
    }
  });

  it.each<[unknown, string, string]>([
    [[], '(body)', 'INVALID_REQUEST'],
    [{}, 'predictions', 'INVALID_REQUEST'],
    [{ predictions }, 'references', 'INVALID_REQUEST'],
    [{ predictions, references, ...uris }, 'predictions', 'INVALID_REQUEST'],
    [{ predictions: 'p.jsonl', references }, 'predictions', 'INVALID_REQUEST'],
    [{ predictions, references, protocol: 'loose' }, 'protocol', 'INVALID_REQUEST'],
    [{ predictions, references, grammar: 'free' }, 'grammar', 'INVALID_REQUEST'],
    [{ predictions, references, resamples: -1 }, 'resamples', 'INVALID_REQUEST'],
    [{ predictions, references, seed: 2 ** 32 }, 'seed', 'INVALID_REQUEST'],
    [{ predictions, references, protocl: 'strict' }, 'protocl', 'INVALID_REQUEST'],
    [{ predictions, references: [{ id: 'a', task: 'x' }] }, 'references[0].task', 'INVALID_REQUEST'],
    [{ predictions: [{}], references }, 'predictions[0].id', 'INVALID_REQUEST'],
    [{ predictions: new Array(10_001).fill({ id: 'a' }), references }, 'predictions', 'PAYLOAD_TOO_LARGE'],
  ])('refuses %j', (body, field, code) => {
    expect(refusal(body)).toMatchObject({ code, details: [expect.objectContaining({ field })] });
  });

  it('has a schema with both rows', () => {
    const { $defs, properties } = jsonSchemaOf(EvaluationScoreRequest) as { $defs: object; properties: object };
    expect(Object.keys($defs).sort()).toEqual(['PredictionDto', 'ReferenceDto']);
    expect(Object.keys(properties)).toContain('idempotencyKey');
  });
});
