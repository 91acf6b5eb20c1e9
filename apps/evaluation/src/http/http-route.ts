import {
  applyDecorators,
  Header,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { HttpCalls } from './http-calls';
import { type HttpRouteOptions, ROUTE } from './route-options';

/** Marks a controller method as the handler of a route. It gets an `HttpCaller` through `@Caller()`. */
export function HttpRoute(options: HttpRouteOptions): MethodDecorator {
  const status = Math.min(...Object.keys(options.replies).map(Number));
  return applyDecorators(
    SetMetadata(ROUTE, options),
    RequestMapping({ method: RequestMethod[options.method], path: options.path.replace(/\{(\w+)\}/g, ':$1') }),
    HttpCode(status),
    Header('Cache-Control', 'no-store'),
    UseInterceptors(HttpCalls),
  );
}
