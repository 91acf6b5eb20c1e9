import { pipAttempts } from './libtorch.mjs';

const CPU = 'torch==2.13.0+cpu';

describe('the ways to get libtorch', () => {
  it('begin with the user’s own indexes and end with PyTorch’s', () => {
    const [own, named, ...rest] = pipAttempts({}, 'linux');
    expect(own).toEqual(['--no-deps', CPU]);
    expect(named).toEqual(['--no-deps', '--index-url', expect.stringMatching(/^https:\/\/.*\/cpu$/), CPU]);
    expect(rest).toEqual([]);
  });

  it('begin with an index that is named', () => {
    const index = 'https://mirror.example/torch';
    expect(pipAttempts({ SRVAU_TORCH_INDEX: index }, 'linux')).toEqual([
      ['--no-deps', '--index-url', index, CPU],
      ['--no-deps', CPU],
    ]);
  });

  it('take the plain wheel, with the libraries it loads, for CUDA', () => {
    expect(pipAttempts({ SRVAU_TORCH: 'cuda' }, 'linux')).toEqual([['torch==2.13.0']]);
  });

  it('take the plain wheel on macOS', () => {
    expect(pipAttempts({}, 'darwin').map((args) => args.at(-1))).toEqual(['torch==2.13.0', 'torch==2.13.0']);
  });

  it('refuse a kind that is neither', () => {
    expect(() => pipAttempts({ SRVAU_TORCH: 'rocm' }, 'linux')).toThrow(
      'SRVAU_TORCH: expected cpu or cuda, received "rocm"',
    );
  });
});
