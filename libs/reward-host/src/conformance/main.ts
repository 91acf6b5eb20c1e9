/** Program of the thread that `checkPluginPackage` starts: the conformance kit with one plugin. */
import { workerData } from 'node:worker_threads';
import { SrvauError } from '@srvau/contracts';
import { checkRewardPlugin } from '@srvau/reward-sdk/testing';
import { loadModule } from '../run/load-module';
import type { CheckData, FromCheck } from './protocol';

const { port, manifest, golden } = workerData as CheckData;
const send = (message: FromCheck): void => port.postMessage(message);

async function main(): Promise<void> {
  try {
    const plugin = await loadModule(manifest, { fresh: false });
    const report = await checkRewardPlugin(plugin, {
      golden,
      onCheck: (name) => send({ kind: 'check', name }),
      onResult: (result) => send({ kind: 'result', result }),
    });
    send({ kind: 'done', plugin: report.plugin });
  } catch (error) {
    send({ kind: 'refused', error: SrvauError.from(error).toWire() });
  }
  port.close();
}

void main();
