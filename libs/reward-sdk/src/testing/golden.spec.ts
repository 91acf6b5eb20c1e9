import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readGolden } from './golden';

const rollout = { id: 'a', groupId: 'g', task: 'qa', completion: '', truth: {} };
const sound = { name: 'one', rollouts: [rollout], scores: [{ kind: 'scored', value: 1 }] };

describe('readGolden', () => {
  it('fills in what may be left out', () => {
    expect(readGolden({ scoreVersion: 3, cases: [sound] })).toEqual({
      scoreVersion: 3,
      cases: [{ ...sound, options: {}, grammar: 'reflective' }],
    });
  });

  it('reads files by path and by URL, and names the file in faults', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'golden-'));
    try {
      const file = join(dir, 'golden.json');
      await writeFile(file, JSON.stringify({ scoreVersion: 1, cases: [sound] }));
      expect(readGolden(file)).toEqual(readGolden(pathToFileURL(file)));
      await writeFile(file, '{');
      expect(() => readGolden(file)).toThrow(/golden\.json: expected a file of JSON, received .*JSON/);
      expect(() => readGolden(join(dir, 'none.json'))).toThrow(/none\.json: expected a file of JSON, received ENOENT/);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it.each([
    ['no cases', { scoreVersion: 1, cases: [] }, /cases: expected at least 1 item/],
    [
      'an unknown field',
      { scoreVersion: 1, cases: [{ ...sound, score: 1 }] },
      /cases\[0\]\.score: expected no such field/,
    ],
    [
      'a wrong rollout',
      { scoreVersion: 1, cases: [{ ...sound, rollouts: [{ ...rollout, task: 'x' }] }] },
      /cases\[0\]\.rollouts\[0\]\.task: expected/,
    ],
    [
      'too few scores',
      { scoreVersion: 1, cases: [{ ...sound, scores: [] }] },
      /cases\[0\]\.scores: expected 1, as many as there are rollouts, received 0/,
    ],
    [
      'a score without value',
      { scoreVersion: 1, cases: [{ ...sound, scores: [{ kind: 'scored' }] }] },
      /cases\[0\]\.scores\[0\]\.value: expected a number/,
    ],
    [
      'two cases of one name',
      { scoreVersion: 1, cases: [sound, sound] },
      /cases\[1\]\.name: expected a name of its own, received "one" once more/,
    ],
    [
      'an unknown grammar',
      { scoreVersion: 1, cases: [{ ...sound, grammar: 'x' }] },
      /cases\[0\]\.grammar: expected .*reflective/,
    ],
  ])('refuses %s', (_, value, message) => {
    expect(() => readGolden(value)).toThrow(message);
    expect(() => readGolden(value)).toThrow(expect.objectContaining({ code: 'UNPROCESSABLE' }));
  });
});
