import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ServiceConfig } from '../config/service-config';
import type { ServiceDefinition } from '../definition';
import { EXIT, StartFailure } from '../exit-codes';
import { HttpErrorsFilter } from '../health/http-errors.filter';
import { NestLog } from '../log/nest-log';
import { ServiceModule, type ServiceParts } from '../nest/service.module';

/** The Nest application of a service; it does not listen yet. */
export async function createApp(definition: ServiceDefinition, parts: ServiceParts): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(ServiceModule.register(definition, parts), {
    logger: new NestLog(parts.log),
    // Errors come to us instead of ending the process.
    abortOnError: false,
    // Probes have no bodies.
    bodyParser: false,
    // Scrapers keep connections open, and would keep the process from ending.
    forceCloseConnections: true,
  });
  app.disable('x-powered-by');
  app.disable('etag');
  app.useGlobalFilters(new HttpErrorsFilter(parts.log));
  return app;
}

/**
 * @returns the port, which the system chose if 0 was asked for.
 * @throws StartFailure naming the variable to change.
 */
export async function listenHttp(
  app: NestExpressApplication,
  { httpHost, httpPort }: ServiceConfig & { httpPort: number },
): Promise<number> {
  try {
    await app.listen(httpPort, httpHost);
  } catch (error) {
    throw cannotListen(error, httpHost, httpPort);
  }
  return (app.getHttpServer().address() as AddressInfo).port;
}

function cannotListen(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return new StartFailure(
        `SRVAU_HTTP_PORT: expected a free port, received ${port}, on which another program listens; 0 takes any free one`,
        EXIT.unavailable,
        { cause: error },
      );
    case 'EACCES':
      return new StartFailure(
        `SRVAU_HTTP_PORT: expected a port that this user may open, received ${port}; above 1023 every user may`,
        EXIT.config,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartFailure(
        `SRVAU_HTTP_HOST: expected an address of this machine, received ${host} (${code})`,
        EXIT.config,
        { cause: error },
      );
    default:
      return error;
  }
}
