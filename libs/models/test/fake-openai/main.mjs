// The fake endpoint as a process of its own: node main.mjs [--port N] [--latency MS] [--fault NAME --every N]
// Prints its URL and ends with its standard input.
import { parseArgs } from 'node:util';
import { replyTo } from './replies.mjs';
import { startFakeOpenai } from './server.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    latency: { type: 'string', default: '0' },
    fault: { type: 'string' },
    every: { type: 'string', default: '10' },
  },
});
const server = await startFakeOpenai({
  port: Number(values.port),
  latencyMs: Number(values.latency),
  keeps: false,
  reply: ({ body }, number) =>
    values.fault !== undefined && (number + 1) % Number(values.every) === 0
      ? { fault: values.fault }
      : replyTo(body.messages),
});
process.stdout.write(`${server.url}\n`);
process.stdin.resume();
process.stdin.on('end', () => void server.close());
