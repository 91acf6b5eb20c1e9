import { SchemaSet } from './schema-set';

it('points all references into itself', () => {
  const set = new SchemaSet('#/components/schemas/');
  set.addAll({ A: { items: { $ref: '#/$defs/B' } }, B: { type: 'string', const: '#/$defs/B' } }, '#/$defs/');
  set.addAll({ B: { type: 'string', const: '#/$defs/B' } }, '#/definitions/');
  expect(set.toRecord()).toEqual({
    A: { items: { $ref: '#/components/schemas/B' } },
    B: { type: 'string', const: '#/$defs/B' },
  });
});

it('refuses two different schemas of one name', () => {
  const set = new SchemaSet('#/');
  set.addAll({ A: { type: 'string' } }, '#/$defs/');
  expect(() => set.addAll({ A: { type: 'number' } }, '#/$defs/')).toThrow('two schemas are named A');
});
