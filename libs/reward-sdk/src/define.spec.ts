import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusal } from '@srvau/contracts/test/refusal';
import * as sdk from './define';
import { IsInt, IsOptional, Min, Type, ValidateNested } from './options/decorators';
import { NoOptions } from './options/parse-options';
import { REWARD_PLUGIN, type RewardPluginDefinition } from './plugin';
import { SDK_VERSION } from './version';

class Window {
  @IsInt()
  @Min(1)
  words = 3;
}

class SoundOptions {
  @IsOptional()
  @IsInt()
  @Min(0)
  minWords = 5;

  @ValidateNested()
  @Type(() => Window)
  window = new Window();
}

const sound: RewardPluginDefinition<SoundOptions> = {
  id: 'word-count',
  scoreVersion: 2,
  summary: 'Counts words',
  scope: 'sample',
  range: ({ minWords }) => ({ min: 0, max: minWords }),
  options: SoundOptions,
  needs: ['label'],
  create: () => ({ score: () => [] }),
};

const { defineRewardPlugin, isRewardPlugin, parseOptions, pluginLabel } = sdk;

describe('defineRewardPlugin', () => {
  it('brands the plugin with the SDK version, and freezes it', () => {
    const plugin = defineRewardPlugin(sound);
    const manifest = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string };
    expect(SDK_VERSION).toBe(manifest.version);
    expect(plugin[REWARD_PLUGIN]).toBe(SDK_VERSION);
    expect(isRewardPlugin(plugin)).toBe(true);
    expect(Object.isFrozen(plugin) && Object.isFrozen(plugin.needs)).toBe(true);
    expect(pluginLabel(plugin)).toBe('word-count@2');
  });

  it.each([undefined, null, 'x', {}, sound, () => undefined])('is not fooled by %p', (value) => {
    expect(isRewardPlugin(value)).toBe(false);
  });

  it('knows a plugin of another copy of the SDK', () => {
    jest.isolateModules(() => {
      const other = jest.requireActual<typeof sdk>('./define');
      expect(other.defineRewardPlugin).not.toBe(defineRewardPlugin);
      const plugin = other.defineRewardPlugin(sound);
      expect(isRewardPlugin(plugin)).toBe(true);
      // Its SrvauError is another class; callers here get theirs.
      const { code, details } = refusal(() => parseOptions(plugin, { minWords: -1 }));
      expect({ code, details }).toEqual({
        code: 'INVALID_REQUEST',
        details: [{ field: 'minWords', expected: 'at least 0', received: '-1 (number)' }],
      });
    });
  });

  it('lists every fault of a definition', () => {
    const wrong = {
      id: 'Word_Count',
      scoreVersion: 0,
      summary: 'two\nlines',
      scope: 'batch',
      range: { min: 1, max: 0 },
      typo: 1,
    };
    const error = refusal(() => defineRewardPlugin(wrong as unknown as RewardPluginDefinition));
    expect(error.code).toBe('UNPROCESSABLE');
    expect(error.details.map(({ field, received }) => [field, received])).toEqual([
      ['id', '"Word_Count" (string)'],
      ['scoreVersion', '0 (number)'],
      ['summary', '"two\\nlines" (string)'],
      ['scope', '"batch" (string)'],
      ['range', 'an object with keys min, max'],
      ['options', 'nothing'],
      ['create', 'nothing'],
      ['typo', '1 (number)'],
    ]);
    expect(error.message).toMatch(/^reward plugin "Word_Count": id: expected lower-case words joined by "-"/);
  });

  it.each([
    ['a definition that is none', null, '(definition)'],
    ['an endless range', { ...sound, range: { min: 0, max: Infinity } }, 'range'],
    ['an arrow function for a class', { ...sound, options: () => ({}) }, 'options'],
    ['an unknown need', { ...sound, needs: ['luck'] }, 'needs'],
    ['a long id', { ...sound, id: 'a'.repeat(65) }, 'id'],
    ['an empty summary', { ...sound, summary: ' ' }, 'summary'],
  ])('refuses %s', (_, definition, field) => {
    const { details } = refusal(() => defineRewardPlugin(definition as unknown as RewardPluginDefinition));
    expect(details.map((detail) => detail.field)).toEqual([field]);
  });

  it('refuses a range that options make impossible', () => {
    const plugin = defineRewardPlugin({ ...sound, range: ({ minWords }) => ({ min: 0, max: minWords - 10 }) });
    const { message } = refusal(() => plugin.rangeOf(parseOptions(plugin, {})));
    expect(message).toMatch(/^range of word-count@2: expected .*min ≤ max, received \[0, -5\]/);
  });
});

describe('parseOptions', () => {
  const plugin = defineRewardPlugin(sound);

  it('fills in defaults and freezes, nested objects too', () => {
    const options = parseOptions(plugin, { window: { words: 7 } });
    expect(options).toEqual({ minWords: 5, window: { words: 7 } });
    expect(Object.isFrozen(options) && Object.isFrozen(options.window)).toBe(true);
    expect(parseOptions(plugin, {}).window).toBeInstanceOf(Window);
  });

  it('converts nothing, and refuses strangers', () => {
    const { details, message } = refusal(() => parseOptions(plugin, { minWords: '5', window: { words: 0 }, max: 1 }));
    expect(message).toMatch(/^options of word-count@2: /);
    expect(details).toEqual([
      { field: 'max', expected: 'no such field', received: '1 (number)' },
      { field: 'minWords', expected: 'an integer number and at least 0', received: '"5" (string)' },
      { field: 'window.words', expected: 'at least 1', received: '0 (number)' },
    ]);
    for (const value of [null, [], 'x']) refusal(() => parseOptions(plugin, value));
  });

  it('shows defaults in the schema, and takes nothing where there are no options', () => {
    expect(plugin.optionsSchema()).toMatchObject({
      additionalProperties: false,
      properties: { minWords: { type: 'integer', minimum: 0, default: 5 }, window: { default: { words: 3 } } },
      $defs: { Window: { properties: { words: { minimum: 1 } } } },
    });
    const bare = defineRewardPlugin({ ...sound, range: { min: 0, max: 1 }, options: NoOptions });
    expect(parseOptions(bare, {})).toEqual({});
    expect(refusal(() => parseOptions(bare, { x: 1 })).details).toHaveLength(1);
    expect(bare.optionsSchema()).toMatchObject({ type: 'object', additionalProperties: false });
  });
});
