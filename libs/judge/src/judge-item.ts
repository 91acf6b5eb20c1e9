import type { JudgeReply, UnscoredReason, VauEvalItem, VauEvalJudgement } from '@srvau/contracts';
import { derivedSeed, requestFaultOf } from '@srvau/model-pool';
import type { Completion, Generation, Usage } from '@srvau/models';
import { meanMarks, totalOf } from './marks';
import { feedbackMessages, judgeMessages, MARKS_SCHEMA } from './prompt';
import { readMarks } from './read/read-marks';
import type { JudgeSettings } from './settings';

/** A judge as items ask it. @throws what its model throws; what concerns one request alone ends that item */
export type AskJudge = (
  request: Generation,
) => Promise<{ completion: Completion; usage?: Usage | undefined; servedBy?: string | undefined }>;

export interface JudgeItemOptions {
  settings: JudgeSettings;
  /** Of this item, from a former run: they are not asked again. */
  replies?: readonly JudgeReply[];
  /** Is told of each new reply and waited for, so that it can be written down before the next is asked. */
  onReply?: (reply: JudgeReply) => Promise<void>;
}

type Repeat = VauEvalJudgement['repeats'][number];

/** Replies to one question; the later ones are told what was wrong. */
const MAX_ATTEMPTS = 3;

/**
 * Has one item judged, as often as the settings say.
 *
 * A reply that is not taken goes back with what was wrong, up to three replies in all; then there are no marks, and why is
 * told. The result follows from the replies alone.
 *
 * @throws what concerns all items: FORBIDDEN, NOT_FOUND, a signal's reason
 */
export async function judgeItem(
  ask: AskJudge,
  item: VauEvalItem,
  options: JudgeItemOptions,
): Promise<VauEvalJudgement> {
  const judging = new Judging(ask, item, options);
  const repeats: Repeat[] = [];
  for (let repeat = 0; repeat < options.settings.repeats; repeat += 1) repeats.push(await judging.once(repeat));
  const marks = meanMarks(repeats.flatMap((each) => (each.marks === null ? [] : [each.marks])));
  return { id: item.id, marks, total: marks === null ? null : totalOf(marks), repeats, replies: judging.replies };
}

class Judging {
  /** In the order of repeats and attempts. */
  readonly replies: JudgeReply[] = [];
  private readonly known: ReadonlyMap<string, JudgeReply>;

  constructor(
    private readonly ask: AskJudge,
    private readonly item: VauEvalItem,
    private readonly options: JudgeItemOptions,
  ) {
    const known = options.replies ?? [];
    this.known = new Map(known.map((reply) => [placeOf(reply), reply]));
  }

  async once(repeat: number): Promise<Repeat> {
    if (this.item.candidate.trim() === '') return unscored('candidate-empty', 'expected a text, received a blank one');
    let messages = judgeMessages(this.item);
    for (let attempt = 0; ; attempt += 1) {
      const reply = this.known.get(placeOf({ repeat, attempt })) ?? (await this.reply(repeat, attempt, messages));
      if (!('text' in reply)) return reply;
      this.replies.push(reply);
      const { marks, fault } = readMarks(reply.text, reply.finishReason);
      if (marks !== null) return { marks, unscored: null };
      if (attempt + 1 === MAX_ATTEMPTS) return unscored(fault.code, fault.message);
      messages = [...messages, ...feedbackMessages(reply.text, fault.message)];
    }
  }

  /** A new reply; why there is none where the fault is this request's own. */
  private async reply(
    repeat: number,
    attempt: number,
    messages: Generation['messages'],
  ): Promise<JudgeReply | ReturnType<typeof unscored>> {
    const { temperature, maxNewTokens, seed } = this.options.settings;
    const sampling = { temperature, maxNewTokens, seed: derivedSeed(seed, this.item.id, repeat, attempt) };
    const asked = await this.ask({ messages, sampling, responseSchema: MARKS_SCHEMA }).catch((error: unknown) => {
      const fault = requestFaultOf(error);
      if (fault === undefined) throw error;
      return unscored(fault.of === 'answer' ? 'unanswered' : 'request-refused', fault.detail);
    });
    if ('unscored' in asked) return asked;
    const { completion, usage, servedBy } = asked;
    const { text, finishReason } = completion;
    const reply: JudgeReply = {
      ...{ repeat, attempt, text, finishReason },
      model: servedBy ?? null,
      fault: readMarks(text, finishReason).fault,
      promptTokens: usage?.promptTokens ?? null,
      completionTokens: usage?.completionTokens ?? null,
    };
    await this.options.onReply?.(reply);
    return reply;
  }
}

function unscored(reason: UnscoredReason, detail: string): Repeat & { unscored: UnscoredReason } {
  return { marks: null, unscored: reason, detail };
}

const placeOf = ({ repeat, attempt }: Pick<JudgeReply, 'repeat' | 'attempt'>): string => `${repeat} ${attempt}`;
