import { type DirectStep } from './direct-request';
import { typicalStep } from './trl';

it('repeats the step that sampled about as much as the mean of those that count', () => {
  const steps = [99, 1, 5, 8].map((length): DirectStep => ({
    step: 1,
    generate: 1,
    reference: 1,
    update: 1,
    lengths: [[length]],
  }));
  expect(typicalStep(steps).lengths).toEqual([[5]]);
});
