import fc from 'fast-check';
import { originOfFile, sourceOfRow } from './origin';
import { videoNameFault } from './video-name';

describe('videoNameFault', () => {
  it.each(['a.mp4', 'Abuse/Abuse001_x264.mp4', 'ümlaut name.mp4', '..a.mp4', 'a..mp4', '%2e%2e.mp4', "o'clock.mp4"])(
    'accepts %j',
    (name) => expect(videoNameFault(name)).toBeNull(),
  );

  it.each([
    ['', 'an empty text'],
    ['../a.mp4', 'without ".."'],
    ['a/../../b.mp4', 'without ".."'],
    ['..', 'without ".."'],
    ['/etc/passwd', 'a relative path'],
    ['C:/a.mp4', 'a relative path'],
    ['a\\b.mp4', '"/" between folders'],
    ['a\0.mp4', 'no control characters'],
    ['a\n.mp4', 'no control characters'],
    ['./a.mp4', 'without empty parts'],
    ['a//b.mp4', 'without empty parts'],
    ['a/', 'without empty parts'],
    ['\ud800.mp4', 'well-formed Unicode'],
    ['x'.repeat(2000), 'at most 1024 characters'],
  ])('refuses %j', (name, fault) => expect(videoNameFault(name)).toContain(fault));

  it('accepts nothing that leads out of a folder', () => {
    const unit = fc.constantFrom('.', '/', '\\', 'a', ':', '\0', '~', ' ');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (name) => {
        if (videoNameFault(name) !== null) return;
        expect(new URL(name.split('/').map(encodeURIComponent).join('/'), 'file:///videos/').pathname).toMatch(
          /^\/videos\/./,
        );
      }),
    );
  });
});

describe('origin', () => {
  it.each([
    ['test_msad.csv', 'msad', 'test'],
    ['test_UCF.csv', 'ucf', 'test'],
    ['val.csv', 'unknown', 'val'],
    ['train.jsonl', 'unknown', 'train'],
    ['ecva-validation.csv', 'ecva', 'val'],
    ['latest.csv', 'unknown', 'unknown'],
  ])('of the file %s is %s, %s', (file, source, split) => {
    expect(originOfFile(file)).toEqual({ source, split });
  });

  it.each([
    ['msad_park2.mp4', 'unknown', 'msad'],
    ['ucf_Arson028_x264.mp4', 'unknown', 'ucf'],
    ['ecva_17.mp4', 'ucf', 'ecva'],
    ['videos/ecva_17.mp4', 'unknown', 'ecva'],
    ['Arson028_x264.mp4', 'unknown', 'ucf'],
    ['MSAD_normal_testing_1.mp4', 'unknown', 'msad'],
    ['118.mp4', 'unknown', 'ecva'],
    ['118.mp4', 'msad', 'msad'],
    ['yard.mp4', 'unknown', 'unknown'],
  ] as const)('of the row %s in a file of %s is %s', (video, file, source) => {
    expect(sourceOfRow(video, file)).toBe(source);
  });
});
