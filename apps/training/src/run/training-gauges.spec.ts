import { ServiceMetrics } from '@srvau/service';
import { TrainingGauges } from './training-gauges';

test('the run in progress is told as long as it is', async () => {
  const { registry } = new ServiceMetrics({ service: 'training', version: '0', natsConnected: () => true });
  const gauges = new TrainingGauges(registry);
  const told = async (): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('srvau_training_'));
  expect(await told()).toEqual([]);
  gauges.observe('grpo', 3, { loss: 0.5, 'reward/total/mean': NaN });
  gauges.observe('sft', 7, { loss: 2 });
  expect(await told()).toEqual([
    'srvau_training_step{kind="grpo"} 3',
    'srvau_training_step{kind="sft"} 7',
    'srvau_training_metric{kind="grpo",metric="loss"} 0.5',
    'srvau_training_metric{kind="grpo",metric="reward/total/mean"} Nan',
    'srvau_training_metric{kind="sft",metric="loss"} 2',
  ]);
  gauges.ended('grpo');
  expect(await told()).toEqual([
    'srvau_training_step{kind="sft"} 7',
    'srvau_training_metric{kind="sft",metric="loss"} 2',
  ]);
});
