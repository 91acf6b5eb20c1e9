import { Endpoints, refused } from '../test/endpoints';
import { isModelUri, openModel } from './open-model';

describe('openModel', () => {
  it.each(['gpt-4', 'native:', '/models/tiny', './a:b', 'toString:x', 'OPENAI:https://h/v1#m', ''])(
    'lists the forms where it knows none: %j',
    async (uri) => {
      const { code, message } = await refused(openModel(uri));
      expect(code).toBe('INVALID_REQUEST');
      expect(message).toMatch(
        /^model: expected native:DIR or openai:https:\/\/host\[:port\]\/v1#model.* or scripted:.*, received "/,
      );
    },
  );

  it('opens endpoints and the scripted model', async () => {
    await using endpoints = new Endpoints();
    const fake = await endpoints.answering('Hello.');
    await using model = await openModel(`openai:${fake.url}#a/b`, { openai: { env: {}, endpoints: ['loopback'] } });
    expect(model.describe()).toEqual({ backend: 'openai', model: 'a/b', hash: null });
    const { completions } = await model.generate({ messages: [{ role: 'user', content: 'Hi' }] });
    expect(completions[0]?.text).toBe('Hello.');
    await using scripted = await openModel('scripted:');
    expect(scripted.describe().backend).toBe('scripted');
  });

  it('tells URIs from paths', () => {
    expect(['native:x', 'openai:', 'scripted:?faults=1'].map(isModelUri)).toEqual([true, true, true]);
    expect(['/native:x', 'C:\\models', 'hasOwnProperty:x', 'models'].map(isModelUri)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
