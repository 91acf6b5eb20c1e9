import { SrvauError } from '@srvau/contracts';
import fc from 'fast-check';
import { decodeReply, decodeRequest, encodeError, encodeReply } from './envelope';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('envelope', () => {
  it('takes any JSON value that is not an envelope as the request itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const isEnvelope =
          value !== null && typeof value === 'object' && !Array.isArray(value) && 'pattern' in value && 'id' in value;
        fc.pre(!isEnvelope);
        expect(decodeRequest(bytes(JSON.stringify(value)))).toEqual({
          data: JSON.parse(JSON.stringify(value)) as unknown,
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('throws nothing but INVALID_JSON for arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        try {
          decodeRequest(data);
        } catch (error) {
          expect(error).toBeInstanceOf(SrvauError);
          expect((error as SrvauError).code).toBe('INVALID_JSON');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads what it wrote', () => {
    expect(decodeReply(bytes(encodeReply({ a: 1 }, undefined)))).toEqual({ a: 1 });
    const error = new SrvauError('CONFLICT', 'no', { details: [{ field: 'f', expected: 'e', received: 'r' }] });
    expect(() => decodeReply(bytes(encodeError(error.toWire(), undefined)))).toThrow(
      expect.objectContaining({ code: 'CONFLICT', message: 'no', details: error.details }),
    );
  });

  it('takes the record of a job that has failed for a reply', () => {
    const record = { id: 'job-0001', state: 'failed', error: { code: 'CONFLICT', message: 'no' } };
    expect(decodeReply(bytes(encodeReply(record, undefined)))).toEqual(record);
  });

  it.each(['not json', '{"error":5}', '{"error":{"code":1}}'])('refuses the reply %s', (text) => {
    expect(() => decodeReply(bytes(text))).toThrow(SrvauError);
  });
});
