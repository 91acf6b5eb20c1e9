import { SrvauError } from '@srvau/contracts';
import * as fc from 'fast-check';
import { parseEndpointUri } from './endpoint-uri';

const refused = (rest: string): string => {
  try {
    parseEndpointUri(rest);
  } catch (error) {
    if (error instanceof SrvauError && error.code === 'INVALID_REQUEST') return error.message;
    throw error;
  }
  return 'taken';
};

describe('parseEndpointUri', () => {
  it('reads address, model and settings', () => {
    const { base, model, settings } = parseEndpointUri(
      'https://host:8443/api/v1?api-version=2#Qwen/Qwen2.5-VL-7B:latest?concurrency=8&video=url&logprobs=yes&key=LAB',
    );
    expect(base.href).toBe('https://host:8443/api/v1?api-version=2');
    expect(model).toBe('Qwen/Qwen2.5-VL-7B:latest');
    expect(settings).toMatchObject({ concurrency: 8, video: 'url', logprobs: true, key: 'LAB', attempts: 6 });
  });

  it.each([
    ['gpt', /^model: expected openai:https:\/\/host/],
    ['ftp://host/v1#m', /expected openai:https/],
    ['https:host#m', /expected openai:https/],
    ['https://host/v1', /with a model's name, received none/],
    ['https://host/v1#', /with a model's name/],
    ['https://host/v1#a b', /with a model's name, received "a b"/],
    ['https://host/v1#%zz', /well-formed %XX/],
    ['https://host/v1#m?concurency=3', /parameters among .*concurrency.*, received "concurency"/],
    ['https://host/v1#m?concurrency=0', /concurrency: expected .*received 0/],
    ['https://host/v1#m?concurrency=3&concurrency=4', /the parameter concurrency once/],
    ['https://host/v1#m?attempts=', /a value of the parameter attempts/],
    ['https://host/v1#m?stream=maybe', /stream: expected/],
    ['https://host/v1#m?key=PATH%20HOME', /key: .*capital letters/],
    ['https://host/v1#m?key=__proto__', /key: .*capital letters/],
  ])('refuses %j', (rest, message) => expect(refused(rest)).toMatch(message));

  it('never repeats what may be a secret', () => {
    for (const rest of ['https://me:hush@host/v1#m', 'https://me:hush@:99999/v1#m', 'httpx://host/v1?key=hush#m']) {
      expect(refused(rest)).not.toContain('hush');
    }
  });

  it('gives back what was put in, and refuses the rest as SrvauError', () => {
    const model = fc.stringMatching(/^[\w./:@-]{1,40}$/);
    const port = fc.integer({ min: 1, max: 65_535 }).filter((each) => each !== 443);
    fc.assert(
      fc.property(model, port, fc.integer({ min: 1, max: 10_000 }), (name, number, concurrency) => {
        const read = parseEndpointUri(`https://h.example:${number}/v1#${name}?concurrency=${concurrency}`);
        expect([read.base.port, read.model, read.settings.concurrency]).toEqual([String(number), name, concurrency]);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void refused(text)));
    fc.assert(fc.property(fc.string(), (text) => void refused(`https://h/v1#m?${text}`)));
  });
});
