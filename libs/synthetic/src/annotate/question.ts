import type { OptionLetter } from '@srvau/contracts';
import type { SceneScript } from '../script/scene-script';

export const QUESTION_TYPES = ['what', 'who', 'where', 'when', 'first', 'outcome'] as const;
export type QuestionType = (typeof QUESTION_TYPES)[number];

/** A question before its options have letters. */
export interface OpenQuestion {
  type: QuestionType;
  text: string;
  /** Four different texts in an order that says nothing about the answer. */
  options: readonly [string, string, string, string];
  /** Index of the right one. */
  answer: number;
}

export interface Question {
  type: QuestionType;
  text: string;
  options: readonly [string, string, string, string];
  answer: OptionLetter;
}

/** Makes a question of a script, or null where the script does not answer it. */
export type QuestionMaker = (script: SceneScript) => OpenQuestion | null;
