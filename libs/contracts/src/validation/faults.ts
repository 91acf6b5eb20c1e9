import { type ErrorCode, type ErrorDetail, SrvauError } from '../wire/errors';
import { describe } from './describe';

/** As many as parseDto shows; further faults are counted. */
const MAX_DETAILS = 50;
const MAX_IN_MESSAGE = 5;
const MAX_FIELD_CHARS = 80;

/** Gathers what is wrong with rows that a reader of its own checks, and says it as `parseDto` does. */
export class Faults {
  private readonly details: ErrorDetail[] = [];
  private count = 0;

  add(field: string, expected: string, received: unknown, render: (value: unknown) => string = describe): void {
    this.count += 1;
    if (this.details.length < MAX_DETAILS) this.details.push({ field, expected, received: render(received) });
  }

  get none(): boolean {
    return this.count === 0;
  }

  get size(): number {
    return this.count;
  }

  /** @param where goes before the message, whose fields name the rest of the place */
  throwIfAny(code: ErrorCode, where = ''): void {
    if (this.none) return;
    const shown = this.details.slice(0, MAX_IN_MESSAGE);
    const lines = shown.map(({ field, expected, received }) => `${field}: expected ${expected}, received ${received}`);
    const more = this.count > shown.length ? `; and ${this.count - shown.length} more` : '';
    throw new SrvauError(code, `${where}${lines.join('; ')}${more}`, { details: this.details });
  }
}

/** Name of a field in messages: `truth.label`, or `label` where it is a field of the whole. */
export const fieldPath = (at: string, field: string): string => (at === '' ? field : `${at}.${field}`);

/** The name of a field that came from outside, short enough for a message. */
export const cutName = (name: string): string =>
  name.length <= MAX_FIELD_CHARS ? name : `${name.slice(0, MAX_FIELD_CHARS)}…`;

/** A short list item by item: `an array of 2` would say nothing about what is wrong with a span. */
export const spelled = (item: unknown): string =>
  Array.isArray(item) && item.length <= 4 ? `[${item.map(describe).join(', ')}]` : describe(item);

export const isFiniteNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** `[start, end]`, two finite numbers; nothing about their order. */
export const isNumberPair = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && isFiniteNumber(value[0]) && isFiniteNumber(value[1]);
