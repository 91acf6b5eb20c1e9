import { parsePythonLiteral, type PythonLiteral } from './python-literal';
import { wellFormed } from './text';

/**
 * Reasoning as one kind of text. Most rows of VAU-Bench hold Markdown with `###` sections; some hold the repr of a
 * Python dict with the same sections as keys, which is written as such Markdown here. Anything else stays as it is.
 */
export function normaliseReasoning(raw: string): string {
  if (!raw.trimStart().startsWith('{')) return raw;
  const parsed = parsePythonLiteral(raw);
  if (!(parsed instanceof Map) || parsed.size === 0) return raw;
  return wellFormed([...parsed].map(([title, content]) => section(title, content)).join('\n'));
}

function section(title: string, content: PythonLiteral): string {
  const heading = `### ${title.trim().replace(/:$/, '')}:`;
  return typeof content === 'string' ? `${heading} ${content}` : [heading, ...items(content, '')].join('\n');
}

function items(content: PythonLiteral, indent: string): string[] {
  if (typeof content === 'string') return [`${indent}- ${content}`];
  if (Array.isArray(content)) {
    return content.flatMap((item) => items(item, typeof item === 'string' ? indent : `${indent}  `));
  }
  return [...content].flatMap(([key, value]) =>
    typeof value === 'string'
      ? [`${indent}- **${key}**: ${value}`]
      : [`${indent}- **${key}**:`, ...items(value, `${indent}  `)],
  );
}
