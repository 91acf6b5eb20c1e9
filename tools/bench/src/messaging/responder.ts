import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { connect } from '@nats-io/transport-node';
import { JobIdRequest, SUBJECTS } from '@srvau/contracts';
import { Endpoint, MicroServer, NatsLink } from '@srvau/messaging';

/** Subject of the peer: a bare subscription that parses the request and answers the same reply. */
export const BARE_SUBJECT = 'srvau.bench.bare';

@Controller()
class EchoController {
  @Endpoint({ subject: SUBJECTS.jobsGet, request: JobIdRequest, summary: 'echo' })
  get(@Payload() request: JobIdRequest): { jobId: string } {
    return { jobId: request.jobId };
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

/** Child process of the bench: answers through our strategy or through the bare client. Arguments: way, url. */
async function main(way: string, url: string): Promise<void> {
  if (way === 'bare') {
    const connection = await connect({ servers: url });
    connection.subscribe(BARE_SUBJECT, {
      callback: (_error, message) => {
        const request = message.json<{ jobId: string }>();
        message.respond(JSON.stringify({ jobId: request.jobId }));
      },
    });
    await connection.flush();
  } else {
    const link = new NatsLink({ config: { servers: [url] }, name: 'bench' });
    const strategy = new MicroServer({ service: 'dataset', version: '1.0.0', description: 'bench', link });
    const app = await NestFactory.createMicroservice(EchoModule, { strategy, logger: false });
    await app.listen();
  }
  process.send?.('ready');
}

if (require.main === module) void main(process.argv[2] ?? '', process.argv[3] ?? '');
