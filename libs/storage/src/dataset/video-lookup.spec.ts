import fc from 'fast-check';
import { VideoLookup, withoutSourcePrefix } from './video-lookup';

const lookup = (...paths: string[]): VideoLookup<{ relativePath: string }> =>
  new VideoLookup(paths.map((relativePath) => ({ relativePath })));
const found = (relativePath: string) => ({ kind: 'found', file: { relativePath } });

describe('VideoLookup', () => {
  it('prefers the very path to the same name elsewhere', () => {
    expect(lookup('a.mp4', 'old/a.mp4').find('a.mp4')).toEqual(found('a.mp4'));
    expect(lookup('a.mp4', 'old/a.mp4').find('old/a.mp4')).toEqual(found('old/a.mp4'));
  });

  it('finds the one file of a name in any folder', () => {
    expect(lookup('x/y/a.mp4', 'b.mp4').find('a.mp4')).toEqual(found('x/y/a.mp4'));
    expect(lookup('x/y/a.mp4', 'z/a.mp4').find('y/a.mp4')).toEqual(found('x/y/a.mp4'));
    expect(lookup('xa.mp4').find('a.mp4')).toEqual({ kind: 'missing' });
  });

  it('lists what an ambiguous name may mean', () => {
    expect(lookup('y/a.mp4', 'x/a.mp4').find('a.mp4')).toEqual({
      kind: 'ambiguous',
      candidates: ['x/a.mp4', 'y/a.mp4'],
    });
  });

  it('strips the source prefix only when nothing has the name as it is', () => {
    expect(lookup('Arson/Arson1_x264.mp4').find('ucf_Arson1_x264.mp4')).toEqual(found('Arson/Arson1_x264.mp4'));
    expect(lookup('17.mp4', 'v/ecva_17.mp4').find('ecva_17.mp4')).toEqual(found('v/ecva_17.mp4'));
    expect(lookup('Arson1_x264.mp4').find('abc_Arson1_x264.mp4')).toEqual({ kind: 'missing' });
  });

  it('takes composed and decomposed accents for the same, but not upper and lower case', () => {
    expect(lookup('caf\u0065\u0301.mp4').find('caf\u00e9.mp4')).toEqual(found('cafe\u0301.mp4'));
    expect(lookup('A.mp4').find('a.mp4')).toEqual({ kind: 'missing' });
  });

  it('finds every listed path by itself, and never a file of another base name', () => {
    const part = fc.stringMatching(/^[a-c]{1,2}$/);
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(path), path, (paths, name) => {
        const videos = lookup(...paths);
        for (const each of paths) expect(videos.find(each)).toEqual(found(each));
        const result = videos.find(name);
        if (result.kind === 'found') expect(`/${result.file.relativePath}`.endsWith(`/${name}`)).toBe(true);
      }),
    );
  });
});

describe('withoutSourcePrefix', () => {
  it('strips the prefixes of train and val names only', () => {
    expect(withoutSourcePrefix('ucf_Arson028_x264.mp4')).toBe('Arson028_x264.mp4');
    expect(withoutSourcePrefix('train/ecva_17.mp4')).toBe('train/17.mp4');
    expect(withoutSourcePrefix('MSAD_normal_testing_1.mp4')).toBeNull();
    expect(withoutSourcePrefix('yard.mp4')).toBeNull();
  });
});
