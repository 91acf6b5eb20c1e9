import { All, Controller, Get, Inject, MethodNotAllowedException, NotFoundException, Req, Res } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, type ServiceInfo, SrvauError } from '@srvau/contracts';
import { SERVICE_INFO } from '@srvau/service';
import { HTTP_ROUTES } from './http-routes';
import { openApiDocument } from './openapi/document';

/** The description of the other routes, and answers to what is none of them. It comes last. */
@Controller()
export class OpenApiHttpController {
  private document: object | undefined;

  constructor(@Inject(SERVICE_INFO) private readonly info: () => ServiceInfo) {}

  @Get('openapi.json')
  describe(): object {
    this.document ??= openApiDocument(HTTP_ROUTES, this.info().version);
    return this.document;
  }

  @All(['v1', 'v1/*path'])
  refuse(@Req() { method, url = '' }: IncomingMessage, @Res({ passthrough: true }) response: ServerResponse): never {
    const path = url.split('?', 1)[0] ?? '';
    const allowed = HTTP_ROUTES.filter((route) => matches(route.path, path)).map((route) => route.method);
    if (allowed.length === 0) {
      const known = [...new Set(HTTP_ROUTES.map((route) => route.path))].join(', ');
      const cause = SrvauError.mismatch('NOT_FOUND', 'the path', `one of ${known}`, describe(path));
      throw new NotFoundException(cause.message, { cause });
    }
    response.setHeader('Allow', allowed.join(', '));
    const cause = SrvauError.mismatch('INVALID_REQUEST', path, `the method ${allowed.join(' or ')}`, method ?? 'none');
    throw new MethodNotAllowedException(cause.message, { cause });
  }
}

function matches(template: string, path: string): boolean {
  const [expected, received] = [template, path.replace(/\/$/, '')].map((text) => text.split('/')) as [
    string[],
    string[],
  ];
  return (
    expected.length === received.length && expected.every((part, i) => part.startsWith('{') || part === received[i])
  );
}
