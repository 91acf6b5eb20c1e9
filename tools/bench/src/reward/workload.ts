import type { RolloutRow } from '@srvau/contracts';

/** A policy's tokens a word, as Qwen's tokenizer has them for English. */
const TOKENS_PER_WORD = 1.33;
const TOKENS = 300;
const GROUP = 4;
const WORDS = (
  'the a man woman child person car truck near gate fence street corner camera frame second walks runs stands falls ' +
  'carries holds drops takes pushes opens closes looks around then suddenly slowly while because although but and from ' +
  'towards behind beside under video shows clearly appears normal unusual anomaly event suggests evidence option answer'
).split(' ');

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Rollouts as a policy half-way through training writes them: 300 tokens, both tasks, answers right and wrong, every sixth out
 * of format.
 */
export function makeRollouts(count: number, seed = 1): RolloutRow[] {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const text = (words: number): string => {
    const chosen = Array.from({ length: Math.max(1, words) }, () => pick(WORDS));
    return chosen.map((word, i) => (i % 14 === 13 ? `${word}.` : word)).join(' ');
  };
  const total = Math.round(TOKENS / TOKENS_PER_WORD);
  return Array.from({ length: count }, (_, i): RolloutRow => {
    const isQa = random() < 0.5;
    const first = Math.round(total * (0.35 + 0.2 * random()));
    const reflection = Math.round(total * 0.15);
    const second = total - first - reflection;
    const answer = isQa ? (): string => qaAnswer(pick) : (): string => tagAnswer(random);
    const parts = [
      `<think>${text(first)}</think>\n<answer>${answer()}`,
      `<reflection>${text(reflection)}</reflection>`,
      `<think>${text(second)}</think>\n<answer>${answer()}`,
    ];
    if (random() < 1 / 6) parts.splice(Math.floor(random() * 3), 1, text(20));
    return {
      id: `rollout-${i}`,
      groupId: `group-${Math.floor(i / GROUP)}`,
      task: isQa ? 'qa' : 'tag',
      completion: parts.join('\n'),
      tokens: { total: TOKENS, firstRound: Math.round(first * TOKENS_PER_WORD) },
      truth: isQa ? { label: pick(['A', 'B', 'C', 'D']) } : tagTruth(random),
      durationSec: 30,
    };
  });
}

function qaAnswer(pick: <T>(items: readonly T[]) => T): string {
  const letter = pick(['A', 'B', 'C', 'D']);
  return `${pick([letter, `${letter}.`, `(${letter})`])}</answer>`;
}

function tagAnswer(random: () => number): string {
  if (random() < 0.3) return 'Normal</answer>\n<glue>[-1.0, -1.0]</glue>';
  const start = random() * 15;
  return `Anomaly</answer>\n<glue>[${start.toFixed(1)}, ${(start + 1 + random() * 10).toFixed(1)}]</glue>`;
}

function tagTruth(random: () => number): RolloutRow['truth'] {
  if (random() < 0.3) return { normal: true };
  const start = Math.round(random() * 150) / 10;
  return { normal: false, spanSec: [start, start + 2 + Math.round(random() * 80) / 10] };
}
