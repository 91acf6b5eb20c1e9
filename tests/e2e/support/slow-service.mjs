/**
 * A service with one endpoint and one kind of job that take as long as the test wants, to look at what happens to work
 * under way. Plain JavaScript, so that it runs on the built packages as any service does.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { Endpoint, JobHandler, requestContext } from '@srvau/messaging';
import { runService } from '@srvau/service';
import { IsString } from 'class-validator';

class WaitRequest {
  constructor() {
    this.file = '';
  }
}
IsString()(WaitRequest.prototype, 'file');

class WaitController {
  /** Answers as soon as the file exists. */
  async wait({ file }) {
    console.log(JSON.stringify({ level: 'info', msg: 'waiting', ...requestContext.getStore() }));
    while (!existsSync(file)) await sleep(20);
    return { waited: true };
  }

  /** Ends when told to stop. */
  async work(_request, { signal, progress }) {
    progress({ stage: 'waiting', done: 0, total: 1, unit: 'files' });
    console.log(JSON.stringify({ level: 'info', msg: 'working', ...requestContext.getStore() }));
    await sleep(600_000, undefined, { signal });
  }

  /** A fault outside of any request. */
  crash() {
    setImmediate(() => {
      throw new Error('a fault that nobody catches');
    });
    return {};
  }
}

function decorate(method, decorator) {
  const descriptor = Object.getOwnPropertyDescriptor(WaitController.prototype, method);
  decorator(WaitController.prototype, method, descriptor);
}
decorate('wait', Endpoint({ subject: 'srvau.reward.wait', request: WaitRequest, summary: 'waits for a file' }));
decorate('crash', Endpoint({ subject: 'srvau.reward.crash', request: class CrashRequest {}, summary: 'breaks' }));
decorate('work', JobHandler({ kind: 'dataset.ingest', request: WaitRequest }));
Controller()(WaitController);

class WaitModule {}
Module({ controllers: [WaitController] })(WaitModule);

runService({ service: 'reward', description: 'waits', version: '0.0.1', module: WaitModule });
