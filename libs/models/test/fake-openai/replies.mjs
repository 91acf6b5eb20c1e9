import { createHash } from 'node:crypto';

// Answers to this project's own prompts, in form and right, so that whole builds can run against the fake endpoint.

/** @param {string} text */
const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 8);

const REFLECTION =
  'The first round names no moment of the clip and rests on an impression alone. It has to follow the footage in order ' +
  'and give weight to the people that move, before it comes to a conclusion';
const THINK =
  'The footage is gone through in order. First the place is quiet, then people come into view and act, and what they do ' +
  'in the end decides what this is about. The other readings have nothing on screen to rest on';

/**
 * @param {{ role: string, content: string | { type: string, text?: string }[] }[]} messages
 * @returns {string}
 */
export function replyTo(messages) {
  const text = messages
    .flatMap(({ content }) => (typeof content === 'string' ? [content] : content.map((part) => part.text ?? '')))
    .join('\n');
  const mark = `(${digest(text)})`;
  const option = /^Correct option: ([A-Z])$/m.exec(text)?.[1];
  if (option !== undefined) return revised(mark, `<answer>${option}</answer>`);
  const annotation = /^Annotation: (Normal|Anomaly, (\[.*\]))$/m.exec(text);
  if (annotation !== null) {
    const verdict = annotation[2] === undefined ? 'Normal' : 'Anomaly';
    return revised(mark, `<answer>${verdict}</answer><glue>${annotation[2] ?? '[-1.0, -1.0]'}</glue>`);
  }
  const think = `<think>I look at the clip as a whole ${mark}.</think>`;
  if (text.includes('<glue>')) return `${think}<answer>Normal</answer><glue>[-1.0, -1.0]</glue>`;
  const letter = 'ABCD'[parseInt(digest(text).slice(0, 2), 16) % 4];
  return `${think}<answer>${letter}</answer>`;
}

/** @param {string} mark @param {string} answer */
function revised(mark, answer) {
  return `<reflection>${REFLECTION} ${mark}.</reflection><think>${THINK} ${mark}.</think>${answer}`;
}
