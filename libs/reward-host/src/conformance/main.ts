/** Program of the child process that `checkPluginPackage` starts: the conformance kit with one plugin. */
import '../child/watchdog';
import { SrvauError } from '@srvau/contracts';
import { checkRewardPlugin } from '@srvau/reward-sdk/testing';
import { linkToParent } from '../child/parent-link';
import { loadModule } from '../run/load-module';
import type { FromCheck, ToCheck } from './protocol';

const { send, receive, keepAlive, leave } = linkToParent<ToCheck, FromCheck>();

receive((message) => {
  // A check that waits for what can never come ends the process, and so is not waited for.
  keepAlive(false);
  void check(message).finally(leave);
});

async function check({ manifest, golden, deadlineMs }: ToCheck): Promise<void> {
  try {
    const plugin = await loadModule(manifest, { fresh: false });
    const report = await checkRewardPlugin(plugin, {
      golden,
      deadlineMs,
      onPlan: (names) => send({ kind: 'plan', names }),
      onAsk: (what) => send({ kind: 'ask', what }),
      onCheck: (name) => send({ kind: 'check', name }),
      onResult: (result) => send({ kind: 'result', result }),
    });
    send({ kind: 'done', plugin: report.plugin });
  } catch (error) {
    send({ kind: 'refused', error: SrvauError.from(error).toWire() });
  }
}
