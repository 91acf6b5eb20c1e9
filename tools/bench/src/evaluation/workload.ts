import { randomOf } from '../reward/workload';

export interface EvaluationWorkload {
  references: object[];
  /** In the order of the references, which is how most evaluators write them. */
  predictions: object[];
}

const LETTERS = ['A', 'B', 'C', 'D'] as const;
const CLASSES = ['Fire', 'Fighting', 'Robbery', 'Normal'];

/** Questions and grounding in turns, answered as a fair model answers; one in twenty cannot be read. */
export function makeRows(count: number, seed = 1): EvaluationWorkload {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const tenth = (least: number, span: number): number => Math.round((least + random() * span) * 10) / 10;
  const references: object[] = [];
  const predictions: object[] = [];
  for (let i = 0; i < count; i += 1) {
    const anomalyClass = pick(CLASSES);
    if (i % 2 === 0) {
      const label = pick(LETTERS);
      references.push({ id: `video-${i}:qa`, task: 'qa', label, anomalyClass });
      const answer = random() < 0.05 ? 'A or B' : random() < 0.8 ? label : pick(LETTERS);
      predictions.push({ id: `video-${i}:qa`, answer });
      continue;
    }
    const start = tenth(0, 20);
    const normal = anomalyClass === 'Normal';
    const truth = normal ? { normal } : { normal, spanSec: [start, tenth(start + 1, 10)] };
    references.push({ id: `video-${i}:tag`, task: 'tag', anomalyClass, ...truth });
    const answer = random() < 0.05 ? 'perhaps' : random() < 0.3 ? 'Normal' : 'Anomaly';
    const spanSec = answer === 'Normal' ? [-1, -1] : [tenth(start - 1, 2), tenth(start + 1, 10)];
    predictions.push({ id: `video-${i}:tag`, answer, spanSec });
  }
  return { references, predictions };
}
