import { InvalidArgumentError } from 'commander';
import type { ServiceName } from '@srvau/contracts';
import { CHOICES } from './choices';

/** Parsers of option values; what they throw, commander shows beside the option. */

export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= from && value <= to) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${from} to ${to}.`);
  };
}

export function positiveNumber(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** `a,b` → distinct services in their own order. */
export function serviceList(text: string): ServiceName[] {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = CHOICES.services;
  const wrong = names.filter((name) => !known.includes(name));
  if (wrong.length > 0) throw new InvalidArgumentError(`Expected some of ${known.join(', ')}, with commas between.`);
  return CHOICES.services.filter((name) => names.includes(name));
}
