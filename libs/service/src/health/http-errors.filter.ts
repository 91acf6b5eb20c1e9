import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { ERROR_STATUS, type ErrorCode, SrvauError, type StructuredLog } from '@srvau/contracts';

/** What we need of Express' response. */
interface JsonResponse {
  headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  status(code: number): { json(body: unknown): void };
}

/** HTTP errors have the same body as those over NATS, `{"error":{code,message,details}}`. */
@Catch()
export class HttpErrorsFilter implements ExceptionFilter {
  constructor(private readonly log: StructuredLog) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<JsonResponse>();
    const status = statusOf(thrown);
    const error = errorOf(thrown, status);
    if (error.code === 'INTERNAL') this.log.error({ err: thrown }, 'HTTP request failed');
    // The answer is under way already: all that is left is to close the connection, which Node does.
    if (response.headersSent) return;
    // What is busy now has the next place within about a batch's time.
    const retryAfterMs = error.retryAfterMs ?? (error.code === 'BUSY' ? 1_000 : undefined);
    if (retryAfterMs !== undefined)
      response.setHeader('Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
    response.status(status).json({ error: error.toWire() });
  }
}

/** An HTTP error without a code of ours may carry the details of its fault as its cause. */
function errorOf(thrown: unknown, status: number): SrvauError {
  if (thrown instanceof SrvauError || status >= 500) return SrvauError.from(thrown);
  const { cause, message } = thrown as Error;
  return cause instanceof SrvauError ? cause : new SrvauError(codeOf(status), message);
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof SrvauError) return thrown.status;
  if (thrown instanceof HttpException) return thrown.getStatus();
  // Express' own errors, such as a path with wrong percent-encoding, carry their status.
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

function codeOf(status: number): ErrorCode {
  const found = (Object.keys(ERROR_STATUS) as ErrorCode[]).find(
    (code) => code !== 'INVALID_JSON' && ERROR_STATUS[code] === status,
  );
  return found ?? 'INVALID_REQUEST';
}
