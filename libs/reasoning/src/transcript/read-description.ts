import { FaultList } from './faults';
import { cutSegments } from './segments';

const CLOSED_THINK = '</think>';
const OPEN_THINK = '<think>';
const TAG = /<\/?(?:think|answer)>/g;

/**
 * The description in a completion: what stands in its last `<answer>`; of one without an answer, what is not thinking. A
 * model that wrote its description without tags has described the video all the same; one that was cut off while it thought
 * has not.
 *
 * @returns '' where there is none
 */
export function readDescription(completion: string): string {
  const { segments } = cutSegments(completion, new FaultList());
  const answer = segments.findLast(({ kind, text }) => kind === 'answer' && text !== '');
  if (answer !== undefined) return answer.text;
  const thought = completion.lastIndexOf(CLOSED_THINK);
  const rest = thought < 0 ? completion : completion.slice(thought + CLOSED_THINK.length);
  const thinking = rest.indexOf(OPEN_THINK);
  return (thinking < 0 ? rest : rest.slice(0, thinking)).replace(TAG, '').trim();
}
