import type { Completion, FinishReason } from '@srvau/models';
import type { Colors } from '../terminal';
import { plural } from './text';

/** Completions for people: one as it is, several under a line each that says how they ended. */
export function completionsText(completions: readonly Completion[], colors: Colors): string {
  const [only] = completions;
  if (only !== undefined && completions.length === 1) return printableLines(only.text);
  return completions
    .map(({ text, finishReason, tokenIds }, i) => {
      const length = tokenIds === undefined ? '' : `, ${plural(tokenIds.length, 'token')}`;
      const head = colors.dim(`── ${i + 1} of ${completions.length}${length}${ENDS[finishReason]}`);
      return `${head}\n${printableLines(text)}`;
    })
    .join('\n');
}

const ENDS: Readonly<Record<FinishReason, string>> = {
  stop: '',
  length: ', cut off',
  filtered: ', held back by the endpoint',
};

/** A model's text, safe to show: control characters other than line breaks and tabs are made visible. */
export function printableLines(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
