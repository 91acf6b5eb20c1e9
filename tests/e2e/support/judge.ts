import type { VauEvalMarks } from '@srvau/contracts';

export const MARKS: VauEvalMarks = { cls: 8, km: 7, flu: 10, inf: 5, fac: 6 };
export const GOOD = JSON.stringify({ reason: 'It fits.', ...MARKS });

/** What a fake judge gives to one request. */
export type JudgeAnswer = string | { fault: string } | { status: number; body?: string };

/** Of a request to /chat/completions. */
export interface ChatBody {
  messages: { role: string; content: string }[];
  seed: number;
}

/** What a request of the judge's prompt is about. */
export function asked({ messages }: Pick<ChatBody, 'messages'>): { candidate: string; attempt: number } {
  const user = messages.find(({ role }) => role === 'user')?.content ?? '';
  const end = user.indexOf('\n\nAnswer with');
  const { candidate } = JSON.parse(user.slice(0, end)) as { candidate: string };
  return { candidate, attempt: (messages.length - 2) / 2 };
}

const once = (bad: string): ((attempt: number) => JudgeAnswer) => {
  return (attempt) => (attempt === 0 ? bad : GOOD);
};

/** What judges have been seen to do, by the word that a candidate begins with. */
export const JUDGES: Readonly<Record<string, (attempt: number) => JudgeAnswer>> = {
  good: () => GOOD,
  fenced: () => `Here is my verdict:\n\`\`\`json\n${GOOD}\n\`\`\`\nI hope that helps {and "fits"}!`,
  prose: () => 'The description is rather good, I would say 8 out of 10.',
  eleven: once(GOOD.replace('8', '11')),
  minus: once(GOOD.replace('8', '-1')),
  half: once(GOOD.replace('8', '7.5')),
  missing: once(JSON.stringify({ ...MARKS, km: undefined })),
  'out-of-ten': () => GOOD.replace('8', '"8/10"'),
  endless: () => ({ fault: 'endless' }),
  empty: () => '',
  filtered: () => ({ fault: 'filtered' }),
  'too-long': () => ({ status: 400, body: '{"error":{"message":"maximum context length exceeded"}}' }),
};
