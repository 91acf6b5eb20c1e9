import { printable } from './text';

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
/** Fields that say nothing to the person who started the service a moment ago. */
const HIDDEN = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'service', 'version', 'name']);

/** A line of a service's log for people: pino's JSON becomes `12:00:01 info message field=value`; others stay. */
export function readableLog(line: string): string {
  const entry = parse(line);
  if (entry === undefined) return printable(line);
  const fields = Object.entries(entry)
    .filter(([key]) => !HIDDEN.has(key))
    .map(
      ([key, value]) =>
        `${key}=${key === 'err' ? errorOf(value) : typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
  const parts = [timeOf(entry['time']), levelOf(entry['level']), String(entry['msg'] ?? ''), ...fields];
  return printable(parts.filter((part) => part !== '').join(' '));
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // Not JSON after all, e.g. a line that was cut.
    return undefined;
  }
}

function timeOf(value: unknown): string {
  const time = typeof value === 'number' || typeof value === 'string' ? new Date(value) : undefined;
  return time === undefined || Number.isNaN(time.getTime()) ? '' : time.toISOString().slice(11, 19);
}

function levelOf(value: unknown): string {
  return typeof value === 'number' ? (LEVELS[value] ?? String(value)) : String(value ?? '');
}

function errorOf(value: unknown): string {
  const message = value !== null && typeof value === 'object' && 'message' in value ? value.message : value;
  return JSON.stringify(message);
}
