import type { RevisionFault } from './revision';

/** What the teacher is told when its reply is not taken. */
export function revisionFeedback(faults: readonly RevisionFault[]): string {
  const lines = faults.map(({ message }) => `- ${message}`);
  return [
    'Your last reply cannot be used:',
    ...lines,
    '',
    'Write the whole reply again, in the form that was asked for, and mention neither this message nor your last reply.',
  ].join('\n');
}
