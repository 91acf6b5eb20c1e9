import { OPTION_LETTERS } from '@srvau/contracts';
import type { Decks } from '../plan/deck';
import type { Random } from '../random/random';
import { OPTION_SETS } from '../script/option-sets';
import type { SceneScript } from '../script/scene-script';
import { MAKERS, whatQuestion } from './makers';
import { type OpenQuestion, type Question, QUESTION_TYPES } from './question';

/**
 * Chooses the questions about one clip after another. The first one asks what happens; the others are those of which
 * there are fewest so far.
 */
export class Questioner {
  private readonly asked = new Map<string, number>();

  constructor(private readonly decks: Decks) {}

  ask(script: SceneScript, optionSet: number, count: number, random: Random): Question[] {
    const set = OPTION_SETS[optionSet];
    if (set === undefined) throw new RangeError(`expected an index of OPTION_SETS, received ${optionSet}`);
    const wording = [0, 1, 2, 3].map(() => random.integer(2));
    const open = QUESTION_TYPES.filter((type) => type !== 'what')
      .map((type) => MAKERS[type](script))
      .filter((question) => question !== null)
      .sort((a, b) => this.count(a) - this.count(b));
    const chosen = [whatQuestion(script, set, wording), ...open.slice(0, count - 1)];
    return chosen.map((question) => {
      this.asked.set(question.type, this.count(question) + 1);
      return this.letter(question, random);
    });
  }

  private count({ type }: OpenQuestion): number {
    return this.asked.get(type) ?? 0;
  }

  /** The right option gets the place that is dealt, the others come in any order. */
  private letter(question: OpenQuestion, random: Random): Question {
    const place = this.decks.deal(`letter/${question.type}`, 4);
    const right = question.options[question.answer];
    if (right === undefined) throw new RangeError(`question ${question.type}: expected an answer among its options`);
    const options = random.shuffled(question.options.filter((_, i) => i !== question.answer));
    options.splice(place, 0, right);
    const [a, b, c, d] = options as [string, string, string, string];
    return { type: question.type, text: question.text, options: [a, b, c, d], answer: OPTION_LETTERS[place] ?? 'A' };
  }
}
