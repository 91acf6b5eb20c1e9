import { type ErrorCode, SrvauError } from '@srvau/contracts';
import { abortError } from '../abort';
import { artifactError } from './errors';

/** What the AWS SDK throws, as far as it is used here. */
interface SdkError {
  name?: string;
  message?: string;
  /** Of a connection that failed, e.g. ECONNREFUSED. */
  code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

/** Names of SDK and server errors whose HTTP status does not say enough, or that have none. */
const BY_NAME: Readonly<Record<string, readonly [ErrorCode, expected: string, received: string]>> = {
  NoSuchBucket: ['NOT_FOUND', 'an existing bucket', 'no such bucket'],
  CredentialsProviderError: [
    'FORBIDDEN',
    'AWS credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role)',
    'none',
  ],
};

/**
 * Maps anything an S3 request throws. The cause keeps name, message and request id only: the SDK's own error object
 * carries the request with its signature and the access key.
 */
export function fromS3Error(error: unknown, uri: string, signal?: AbortSignal): SrvauError {
  if (error instanceof SrvauError) return error;
  if (signal?.aborted === true) return abortError(signal);
  const { name = 'Error', message = '', code: errno, $metadata } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  const requestId = $metadata?.requestId === undefined ? '' : ` (request ${$metadata.requestId})`;
  const cause = new Error(`${name}: ${message}${requestId}`);
  const [code, expected, received] = BY_NAME[name] ?? byStatus(status, errno ?? name);
  return artifactError(code, uri, expected, received, cause);
}

function byStatus(status: number | undefined, name: string): readonly [ErrorCode, string, string] {
  switch (status) {
    case 404:
      return ['NOT_FOUND', 'an existing object', 'nothing there'];
    case 401:
    case 403:
      return ['FORBIDDEN', 'an object these credentials may use', `${status} ${name}`];
    case 409:
    case 412:
      return ['CONFLICT', 'an object that nobody changes meanwhile', `${status} ${name}`];
    case 400:
    case 416:
      return ['UNPROCESSABLE', 'a request the S3 server understands', `${status} ${name}`];
    default:
      // No status: the server was not reached, or fell silent.
      return ['UNAVAILABLE', 'an answer of the S3 server', status === undefined ? name : `${status} ${name}`];
  }
}
