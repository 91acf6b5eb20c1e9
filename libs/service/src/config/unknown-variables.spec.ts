import { unknownVariables } from './unknown-variables';

const known = new Set(['SRVAU_HOME', 'SRVAU_HTTP_PORT', 'SRVAU_HTTP_HOST', 'SRVAU_NATS_URL', 'SRVAU_FILE_ROOTS']);
const nearest = (name: string): string | undefined => unknownVariables({ [name]: '1' }, known)[0]?.nearest;

describe('unknownVariables', () => {
  it('looks only at our own prefix', () => {
    expect(unknownVariables({ PATH: '/bin', SRVAU: '1', XSRVAU_A: '1', SRVAU_HOME: 'h' }, known)).toEqual([]);
  });

  it('knows that keys of model endpoints have names of their own', () => {
    const env = { SRVAU_OPENAI_API_KEY_LAB: 'k', SRVAU_OPENAI_API_KEY_LAB_FILE: '/k', SRVAU_OPENAI_KEY: 'k' };
    expect(unknownVariables(env, known).map(({ name }) => name)).toEqual(['SRVAU_OPENAI_KEY']);
  });

  it.each([
    ['SRVAU_HTTP_PROT', 'SRVAU_HTTP_PORT'],
    ['SRVAU_HTTPPORT', 'SRVAU_HTTP_PORT'],
    ['SRVAU_HTTP_POST', 'SRVAU_HTTP_PORT'],
    ['SRVAU_NATS_URI', 'SRVAU_NATS_URL'],
    ['SRVAU_FILE_ROOT', 'SRVAU_FILE_ROOTS'],
    ['SRVAU_HOMEE', 'SRVAU_HOME'],
  ])('takes %s for %s', (typo, meant) => expect(nearest(typo)).toBe(meant));

  it.each(['SRVAU_COLOUR', 'SRVAU_', 'SRVAU_HATS', `SRVAU_${'X'.repeat(100_000)}`])(
    'does not guess what is far from all',
    (name) => expect(nearest(name)).toBeUndefined(),
  );

  it('reports in order', () => {
    expect(unknownVariables({ SRVAU_ZZ: '', SRVAU_AA: '' }, known).map(({ name }) => name)).toEqual([
      'SRVAU_AA',
      'SRVAU_ZZ',
    ]);
  });
});
