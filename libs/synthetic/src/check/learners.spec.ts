import { Random } from '../random/random';
import { ChoiceModel, FrequencyModel } from './choice-model';
import { ExtraTrees } from './extra-trees';

describe('ExtraTrees', () => {
  it('learn what no single feature tells', () => {
    const random = new Random('xor');
    const make = (n: number): { rows: Float32Array[]; labels: number[] } => {
      const rows = Array.from({ length: n }, () => Float32Array.from({ length: 4 }, () => random.uniform(-1, 1)));
      return { rows, labels: rows.map((row) => ((row[0] as number) * (row[1] as number) > 0 ? 1 : 0)) };
    };
    const [learned, asked] = [make(400), make(200)];
    const model = new ExtraTrees(learned.rows, learned.labels, 2, { trees: 60 });
    const right = asked.rows.filter((row, i) => {
      const shares = model.predict(row);
      expect((shares[0] as number) + (shares[1] as number)).toBeCloseTo(1, 6);
      return ((shares[1] as number) > 0.5 ? 1 : 0) === asked.labels[i];
    });
    expect(right.length).toBeGreaterThan(170);
  });
});

describe('readers of options', () => {
  const random = new Random('letters');
  const items = Array.from({ length: 400 }, () => {
    const options = random.shuffled(['red', 'blue', 'green', 'white']);
    return { question: 'Which?', options, answer: options.indexOf(random.chance(0.7) ? 'blue' : random.pick(options)) };
  });

  it.each([
    ['logit', () => new ChoiceModel()],
    ['frequency', () => new FrequencyModel()],
  ])('notice a favourite: %s', (_, make) => {
    const model = make().train(items.slice(0, 300));
    const right = items.slice(300).filter((item) => model.choose(item) === item.answer).length;
    expect(right).toBeGreaterThan(60);
  });
});
