import { readFfmpegVersion } from './runtime.mjs';
import { readCompiler } from './toolchain.mjs';
import { atLeast, formatVersion, parseVersion } from './versions.mjs';

describe('versions', () => {
  it.each([
    ['v20.19.5', [20, 19, 5]],
    ['cmake version 3.25.1\n\nCMake suite', [3, 25, 1]],
    ['nats-server: v2.9.10', [2, 9, 10]],
    ['ffmpeg version 6.1', [6, 1, 0]],
    ['no number here', null],
    ['release 7', null],
  ])('are read from %j', (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  it.each([
    [[20, 19, 0], true],
    [[20, 18, 9], false],
    [[21, 0, 0], true],
    [[19, 99, 99], false],
    [[20, 19, 1], true],
  ] as const)('compare part by part: %j against 20.19', (version, expected) => {
    expect(atLeast(version, [20, 19, 0])).toBe(expected);
  });

  it('are written as people write them', () => {
    expect(formatVersion([20, 19, 0])).toBe('20.19');
    expect(formatVersion([2, 9, 10])).toBe('2.9.10');
  });
});

describe('compilers', () => {
  const gnu = 'This is free software; Copyright (C) 2023 Free Software Foundation, Inc.';

  it.each([
    [`g++ (Debian 12.2.0-14+deb12u1) 12.2.0\n${gnu}`, 'gcc', [12, 2, 0]],
    [`c++ (Ubuntu 9.4.0-1ubuntu1~20.04.2) 9.4.0\n${gnu}`, 'gcc', [9, 4, 0]],
    [`c++ (GCC 14 for project 2.1) 14.1.1 20240620\n${gnu}`, 'gcc', [14, 1, 1]],
    ['Debian clang version 14.0.6\nTarget: x86_64-pc-linux-gnu', 'clang', [14, 0, 6]],
    ['Apple clang version 15.0.0 (clang-1500.3.9.4)', 'clang', [15, 0, 0]],
    ['icpc (ICC) 2021.10.0', 'unknown', null],
  ])('are told apart whatever they are called by: %j', (greeting, family, version) => {
    expect(readCompiler(greeting)).toEqual({ family, version });
  });
});

describe('ffmpeg', () => {
  it.each([
    ['ffmpeg version 5.1.6-0+deb12u1 Copyright (c) 2000-2024', { text: '5.1.6-0+deb12u1', enough: true }],
    ['ffprobe version n7.0 Copyright', { text: 'n7.0', enough: true }],
    ['ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright', { text: '4.4.2-0ubuntu0.22.04.1', enough: false }],
    ['ffmpeg version N-109468-gd39b34123d Copyright', { text: 'N-109468-gd39b34123d', enough: true }],
    ['avconv version 12', null],
  ])('greets with its version: %j', (greeting, expected) => {
    expect(readFfmpegVersion(greeting)).toEqual(expected);
  });
});
