import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  Equals,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import fc from 'fast-check';
import { refusal } from '../../test/refusal';
import { SrvauError } from '../wire/errors';
import { describe as render } from './describe';
import { parseJson } from './json';
import { jsonSchemaOf } from './json-schema';
import { parseDto } from './parse-dto';
import { parseEnv } from './parse-env';

class Leaf {
  @IsInt()
  @Min(0)
  @Max(10)
  size!: number;
}

class Tree {
  @IsString()
  name!: string;

  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Leaf)
  leaves?: Leaf[];
}

class Empty {}

describe('parseDto', () => {
  it('returns typed instances, nested ones too', () => {
    const tree = parseDto(Tree, { name: 'oak', leaves: [{ size: 3 }] }, 'tree');
    expect(tree).toBeInstanceOf(Tree);
    expect(tree.leaves?.[0]).toBeInstanceOf(Leaf);
  });

  it('names path, expectation and value of each fault, once a field', () => {
    const { details, code } = refusal(() => parseDto(Tree, { nam: 1, leaves: [{ size: 3 }, { size: '4' }] }, 'tree'));
    expect(code).toBe('INVALID_REQUEST');
    expect(details).toEqual([
      { field: 'nam', expected: 'no such field', received: '1 (number)' },
      { field: 'name', expected: 'a string', received: 'nothing' },
      {
        field: 'leaves[1].size',
        expected: expect.stringContaining('an integer number') as string,
        received: '"4" (string)',
      },
    ]);
  });

  it('takes an empty object for a class without fields, and nothing more', () => {
    expect(parseDto(Empty, {}, 'empty')).toBeInstanceOf(Empty);
    expect(refusal(() => parseDto(Empty, { x: 1 }, 'empty')).details[0]?.field).toBe('x');
  });

  it('refuses unknown fields that every object has by inheritance', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      const body: unknown = JSON.parse(`{"name":"oak","${name}":5}`);
      const [detail] = refusal(() => parseDto(Tree, body, 'tree')).details;
      expect(detail).toEqual({ field: name, expected: 'no such field', received: '5 (number)' });
    }
  });

  it('takes null in an optional field for its absence, and in a required one for a fault', () => {
    expect(parseDto(Tree, { name: 'oak', leaves: null }, 'tree').leaves).toBeUndefined();
    expect(refusal(() => parseDto(Tree, { name: null }, 'tree')).details).toEqual([
      { field: 'name', expected: 'a string', received: 'null' },
    ]);
  });

  // As many names as no message can hold: work that grew with their square would not end before the suite's limit.
  it('answers a flood of faults in few words', () => {
    const unknown = Object.fromEntries(Array.from({ length: 700_000 }, (_, i) => [`k${i}`, i]));
    const wrong = { name: 'oak', leaves: Array.from({ length: 5_000 }, () => ({ size: -1 })) };
    const errors = [unknown, wrong, { ['k'.repeat(900_000)]: 1 }].map((body) =>
      refusal(() => parseDto(Tree, body, 't')),
    );
    expect(errors.map(({ details }) => details.length)).toEqual([50, 50, 2]);
    expect(errors[0]?.message).toContain('and 699995 more');
    for (const error of errors) expect(JSON.stringify(error.toWire()).length).toBeLessThan(20_000);
  });

  it('throws nothing but SrvauError, and short messages, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4, withNullPrototype: true, withBigInt: true }), (value) => {
        try {
          parseDto(Tree, value, 'tree');
        } catch (error) {
          expect(error).toBeInstanceOf(SrvauError);
          expect((error as SrvauError).message.length).toBeLessThan(5_000);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what was expected, in words', () => {
  class Rules {
    @IsOptional()
    @IsNumber()
    @Min(Number.MIN_VALUE, { message: 'share must be above 0 and at most 1' })
    @Max(1, { message: 'share must be above 0 and at most 1' })
    share?: number;

    @IsOptional()
    @IsIn(['a', 'b'])
    choice?: string;

    @IsOptional()
    @IsString()
    @Length(1, 9)
    name?: string;

    @IsOptional()
    @IsPositive()
    size?: number;

    @IsOptional()
    @IsArray()
    @ArrayNotEmpty()
    @ArrayMaxSize(2)
    @ArrayUnique()
    @IsString({ each: true })
    @MaxLength(3, { each: true })
    words?: string[];

    @IsOptional()
    @IsObject()
    @ValidateNested()
    @Type(() => Leaf)
    leaf?: Leaf;

    @IsOptional()
    @ValidateNested({ each: true })
    @Type(() => Leaf)
    leaves?: Leaf[];

    @IsOptional()
    @Equals(1)
    version?: number;

    @IsOptional()
    @Matches(/^x+$/)
    text?: string;
  }

  it.each<[keyof Rules, unknown, string]>([
    ['share', 0, 'above 0 and at most 1'],
    ['share', 'x', 'a number and above 0 and at most 1'],
    ['choice', 'c', 'one of a, b'],
    ['name', '', 'at least 1 character long'],
    ['name', 'x'.repeat(10), 'at most 9 characters long'],
    ['size', 0, 'a number above 0'],
    ['words', [], 'at least 1 item'],
    ['words', ['a', 'a'], 'items that differ from each other'],
    ['words', ['a', 'b', 'cccc'], 'at most 2 items and every item to be at most 3 characters long'],
    ['words', [1], 'every item to be a string and at most 3 characters long'],
    ['leaf', 5, 'an object'],
    ['leaves', 5, 'every item to be an object'],
    ['version', 2, '1'],
    ['text', 'y', 'a text that matches /^x+$/'],
  ])('%s: %j', (field, value, expected) => {
    expect(refusal(() => parseDto(Rules, { [field]: value }, 'rules')).details).toEqual([
      { field, expected, received: render(value) },
    ]);
  });

  it('names the item that is no object', () => {
    expect(refusal(() => parseDto(Rules, { leaves: [{ size: 1 }, 5] }, 'rules')).details).toEqual([
      { field: 'leaves[1]', expected: 'an object', received: '5 (number)' },
    ]);
  });

  it('says of what is no object at all just that', () => {
    expect(refusal(() => parseDto(Rules, [], 'a.json'))).toMatchObject({
      message: 'a.json: expected a JSON object, received an array of 0',
      details: [{ field: '(body)', expected: 'a JSON object', received: 'an array of 0' }],
    });
  });
});

describe('parseJson', () => {
  it('names the text, and keeps what the parser says of it', () => {
    expect(parseJson('[1]', 'a.json')).toEqual([1]);
    expect(refusal(() => parseJson('{"a":', 'a.json'))).toMatchObject({
      code: 'INVALID_JSON',
      message: expect.stringMatching(/^a\.json: expected JSON, received Unexpected end of JSON input$/) as string,
    });
  });
});

describe('describe', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['a"b', '"a\\"b" (string)'],
    [-1, '-1 (number)'],
    [[1, 2], 'an array of 2'],
    [{ a: 1 }, 'an object with keys a'],
    [{}, 'an object with no keys'],
  ])('renders %j', (value, text) => expect(render(value)).toBe(text));

  it('cuts what is long', () => {
    expect(render('x'.repeat(1_000_000)).length).toBeLessThan(120);
    expect(render(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key${i}`, i]))).length).toBeLessThan(140);
  });
});

describe('jsonSchemaOf', () => {
  it('closes every object and brings what it refers to', () => {
    expect(jsonSchemaOf(Tree)).toMatchObject({
      title: 'Tree',
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      $defs: {
        Leaf: { additionalProperties: false, properties: { size: { type: 'integer', minimum: 0, maximum: 10 } } },
      },
    });
    expect(jsonSchemaOf(Empty)).toMatchObject({ type: 'object', additionalProperties: false });
  });
});

describe('jsonSchemaOf, with two classes of one name', () => {
  const twin = (): new () => { leaf: object } => {
    class Child {
      @IsInt()
      a!: number;
    }
    class Twin {
      @ValidateNested()
      @Type(() => Child)
      leaf!: Child;
    }
    return Twin;
  };

  it('shows each its own, as no schema refers to both', () => {
    const [one, other] = [twin(), twin()];
    expect(jsonSchemaOf(one)).toEqual(jsonSchemaOf(other));
    expect(jsonSchemaOf(Tree)).toMatchObject({ title: 'Tree' });
  });

  it('refuses a schema that would mean both by one name', () => {
    const [First, Second] = [twin(), twin()];
    class Pair {
      @ValidateNested()
      @Type(() => First)
      first!: object;

      @ValidateNested()
      @Type(() => Second)
      second!: object;
    }
    expect(() => jsonSchemaOf(Pair)).toThrow(/two DTO classes are named Twin/);
  });
});

describe('parseEnv', () => {
  const map = {
    size: { name: 'SPEC_SIZE', kind: 'number', doc: 'size' },
  } as const;

  it('converts by kind, and takes an empty variable as not set', () => {
    expect(parseEnv(Leaf, map, { SPEC_SIZE: '7' }).size).toBe(7);
    expect(refusal(() => parseEnv(Leaf, map, { SPEC_SIZE: '' })).details[0]).toMatchObject({
      field: 'SPEC_SIZE',
      received: 'nothing',
    });
  });

  it.each(['abc', '1e400', '0x', ' '])('names the variable and shows the text for %j', (text) => {
    expect(refusal(() => parseEnv(Leaf, map, { SPEC_SIZE: text })).message).toMatch(
      /SPEC_SIZE: expected .*integer.*, received/,
    );
  });

  it('never repeats a secret', () => {
    const secret = { size: { ...map.size, secret: true } };
    expect(refusal(() => parseEnv(Leaf, secret, { SPEC_SIZE: 'hunter2' })).message).not.toContain('hunter2');
  });
});
