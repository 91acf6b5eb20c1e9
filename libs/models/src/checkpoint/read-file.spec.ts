import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Checkpoints, refusal } from '../../test/checkpoint';
import { readGenerationConfig } from './generation-config';
import { readText } from './read-file';

const checkpoints = new Checkpoints();
afterAll(() => checkpoints.dispose());

describe('a file of a checkpoint', () => {
  it('is refused where it is no regular file, instead of waited for', async () => {
    const dir = checkpoints.make({ 'config.json': {} });
    rmSync(join(dir, 'config.json'));
    execFileSync('mkfifo', [join(dir, 'config.json')]);
    expect(await refusal(() => readText(dir, 'config.json'))).toMatchObject({ code: 'UNPROCESSABLE' });
    expect(await refusal(() => readText(dir, '.'))).toMatchObject({ code: 'UNPROCESSABLE' });
    expect(await readText(dir, 'README.md')).toBeUndefined();
  });

  it('says which count of generation_config.json native code cannot hold', async () => {
    for (const field of ['top_k', 'max_new_tokens']) {
      const dir = checkpoints.make({ 'generation_config.json': { [field]: 2 ** 31 } });
      const error = await refusal(() => readGenerationConfig(dir));
      expect(error).toMatchObject({ code: 'UNPROCESSABLE', details: [{ field }] });
    }
  });
});
