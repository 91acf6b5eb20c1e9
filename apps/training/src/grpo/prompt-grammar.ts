import type { GrpoConfig, GrpoPrompt, TranscriptGrammar } from '@srvau/contracts';

const GRAMMARS: Readonly<Record<GrpoPrompt, TranscriptGrammar>> = {
  'reflection-rft': 'reflective',
  'two-step': 'two-step',
  initial: 'single',
  direct: 'direct',
};

/** Of the completions that a prompt asks for; known before there is one. */
export const promptGrammar = ({ prompt }: Pick<GrpoConfig, 'prompt'>): TranscriptGrammar => GRAMMARS[prompt];
