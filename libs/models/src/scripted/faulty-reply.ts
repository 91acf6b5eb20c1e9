import type { AnnotationContext } from '../annotation-context';
import type { SeededRandom } from './seeded-random';

/** What teachers have been seen to answer instead; for tests of those who must refuse it. */
export const TEACHER_FAULTS = [
  'empty',
  'html',
  'half-json',
  'wrong-answer',
  'only-answer',
  'outside-video',
  'other-language',
  'cut-off',
] as const;

/** @param reply as it should have been */
export function spoil(reply: string, context: AnnotationContext, random: SeededRandom): string {
  const fault = random.pick(TEACHER_FAULTS);
  switch (fault) {
    case 'empty':
      return '';
    case 'html':
      return '<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>';
    case 'half-json':
      return '{"reflection": "The first round';
    case 'wrong-answer':
      return reply.replace(/<answer>.*?<\/answer>.*$/s, wrongAnswer(context));
    case 'only-answer':
      return reply.replace(/<reflection>.*?<\/reflection>/s, '<reflection>The answer is wrong.</reflection>');
    case 'outside-video': {
      const late = Math.ceil((context.durationSec ?? 3600) * 2 + 60);
      return reply.replace('</think>', ` It goes on until ${late} s.</think>`);
    }
    case 'other-language':
      return reply.replace(/<think>.*?<\/think>/s, `<think>${OTHER_LANGUAGE}</think>`);
    case 'cut-off':
      return reply.slice(0, Math.floor(reply.length / 2));
  }
}

function wrongAnswer({ task }: AnnotationContext): string {
  if (task.task === 'qa') return `<answer>${task.correctOption === 'A' ? 'B' : 'A'}</answer>`;
  return task.span === undefined
    ? '<answer>Anomaly</answer><glue>[0.0, 1.0]</glue>'
    : '<answer>Normal</answer><glue>[-1.0, -1.0]</glue>';
}

const OTHER_LANGUAGE =
  '画面中一名男子快速穿过走廊，随后有人摔倒，其他人立即上前查看情况，因此这一事件属于异常行为，而不是普通的日常活动。';
