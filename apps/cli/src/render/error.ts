import type { ErrorDetail, WireError } from '@srvau/contracts';
import { CliError, wireCodeOf } from '../exit';
import { Interrupted } from '../interrupts';
import type { Colors } from '../terminal';
import { printable } from './text';

/** `{"error": …}` as it stands on standard error under `--json`: the form of errors on the wire. */
export function errorJson(error: unknown): { error: WireError } {
  const code = error instanceof CliError ? error.code : (wireCodeOf(error) ?? 'INTERNAL');
  const details = detailsOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return { error: { code, message, ...(details.length > 0 ? { details: [...details] } : {}) } };
}

/**
 * An error for people: what went wrong, then a line for each wrong field.
 * @param debug also shows where it was thrown, and its causes
 */
export function errorText(error: unknown, colors: Colors, debug: boolean): string {
  const details = detailsOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split('\n').map(printable);
  // The message of a validation error repeats its details, for logs; here they get a line each.
  const repeated = details.length > 0 && details.every((d) => message.includes(`expected ${d.expected}`));
  const first = repeated && details.length > 1 ? headOf(lines[0] ?? '', details) : lines.join('\n');
  const bullets =
    details.length > 1 || !repeated
      ? details.map((d) => `  • ${printable(`${d.field}: expected ${d.expected}, received ${d.received}`)}`)
      : [];
  // What the user has asked for is no error.
  const label = error instanceof Interrupted ? '' : `${colors.red('error:')} `;
  return [`${label}${first}`, ...bullets, ...(debug ? stacks(error) : [])].join('\n');
}

/** What a message says before it comes to its first field: `job request:`. */
function headOf(line: string, details: readonly ErrorDetail[]): string {
  const head = line.slice(0, Math.max(0, line.indexOf(`${details[0]?.field ?? ''}: expected `))).trimEnd();
  return head === '' ? `${details.length} fields are wrong:` : head;
}

function detailsOf(error: unknown): NonNullable<WireError['details']> {
  const known = error instanceof CliError || wireCodeOf(error) !== undefined;
  return known ? [...(error as CliError).details] : [];
}

function stacks(error: unknown): string[] {
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? at.message);
  return lines;
}
