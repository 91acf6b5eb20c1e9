// Ends while one call computes and another waits.
import { Model } from '../src';
import { configJson } from './reference';

async function main(): Promise<void> {
  const model = await Model.random({ json: configJson({ num_hidden_layers: 4, hidden_size: 256 }) }, { seed: 1 });
  const requests = [{ prompt: { ids: [1, 2, 3] }, seeds: [1, 2, 3, 4] }];
  void model.generate(requests, { maxNewTokens: 8000 }, { onTokens: () => process.exit(7) });
  void model.generate(requests, { maxNewTokens: 8000 });
}

void main();
