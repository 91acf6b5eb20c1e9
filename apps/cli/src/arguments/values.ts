import { InvalidArgumentError } from 'commander';
import type { ServiceName, SplitShares } from '@srvau/contracts';
import type { Device } from '@srvau/native';
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

export function temperature(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 100.');
}

/** A part of the whole, which may not be nothing. */
export function fraction(text: string): number {
  const value = positiveNumber(text);
  if (value <= 1) return value;
  throw new InvalidArgumentError('Expected a number above 0 and at most 1.');
}

/** A part of the whole, or nothing. */
export function share(text: string): number {
  return text.trim() !== '' && Number(text) === 0 ? 0 : fraction(text);
}

/** Weight of a moving average: all of it would never move. */
export function smoothing(text: string): number {
  const value = share(text);
  if (value < 1) return value;
  throw new InvalidArgumentError('Expected a number from 0 to below 1.');
}

/** `0.8,0.1,0.1`: parts of the whole for train, val and test. */
export function splitShares(text: string): SplitShares {
  const [train = -1, val = -1, test = -1, ...more] = text
    .split(',')
    .map((part) => (part.trim() === '' ? -1 : Number(part)));
  const shares = { train, val, test };
  const isWhole = Math.abs(train + val + test - 1) < 1e-9;
  if (more.length === 0 && isWhole && Object.values(shares).every((value) => value >= 0)) return shares;
  throw new InvalidArgumentError('Expected three shares that add up to 1, for train, val and test, e.g. 0.8,0.1,0.1.');
}

/** `0.1/0.4`: US dollars for a million tokens of prompts and of completions; one number means both. */
export function tokenPrice(text: string): { promptUsd: number; completionUsd: number } {
  const [, prompt, completion = prompt] = /^(\d+(?:\.\d+)?)(?:\/(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  if (prompt !== undefined) return { promptUsd: Number(prompt), completionUsd: Number(completion) };
  throw new InvalidArgumentError('Expected a price, or two with a slash between, e.g. 0.1/0.4.');
}

/** Where a model runs: `cpu`, or `cuda:N` for a GPU, counted from 0. */
export function device(text: string): Device {
  if (/^(cpu|cuda:\d{1,3})$/.test(text)) return text as Device;
  throw new InvalidArgumentError('Expected cpu or cuda:N.');
}

/** `a,b` → distinct services in their own order. */
export function serviceList(text: string): ServiceName[] {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = CHOICES.services;
  const wrong = names.filter((name) => !known.includes(name));
  if (wrong.length > 0) throw new InvalidArgumentError(`Expected some of ${known.join(', ')}, with commas between.`);
  return CHOICES.services.filter((name) => names.includes(name));
}

/** `a,b` → names or paths, each once. */
export function nameList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('Expected names with commas between.');
  return [...new Set(names)];
}

/** Whether it will do, somebody else says, who names the bounds. */
export function anyNumber(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number.');
}

/** For options that may be given several times. */
export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];
