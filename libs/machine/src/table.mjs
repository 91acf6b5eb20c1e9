import { styleText } from 'node:util';

/**
 * A doctor's report for people: one line a check, and under it the fix of what is wrong.
 *
 * @param {import('./index.mjs').MachineReport} report
 * @param {{color?: boolean}} [options]
 * @returns {string} ends with a newline
 */
export function renderTable({ ok, checks }, { color = false } = {}) {
  /** @type {(format: 'green' | 'red' | 'dim' | 'bold', text: string) => string} */
  const paint = (format, text) => (color ? styleText(format, text, { validateStream: false }) : text);
  const nameWidth = Math.max(...checks.map(({ name }) => name.length), 0);
  const lines = checks.flatMap((check) => {
    const mark = check.ok ? paint('green', '✓') : paint('red', '✗');
    const line = `${mark} ${check.name.padEnd(nameWidth)}  ${check.found}`;
    if (check.ok) return [line];
    const indent = ' '.repeat(nameWidth + 4);
    return [
      line,
      `${indent}${paint('dim', 'wanted:')} ${check.wanted}`,
      `${indent}${paint('dim', 'fix:')} ${check.fix}`,
    ];
  });
  const wrong = checks.filter((check) => !check.ok).length;
  lines.push('', ok ? paint('bold', 'ready') : paint('bold', `${wrong} of ${checks.length} checks failed`));
  return `${lines.join('\n')}\n`;
}
