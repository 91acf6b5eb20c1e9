import type * as Sdk from '@aws-sdk/client-s3';
import { SrvauError } from '@srvau/contracts';

export interface S3Options {
  /** URL of an S3-compatible server (MinIO, Ceph …); without it, AWS. Must not hold a user name or password. */
  endpoint?: string;
  /** Default: the AWS SDK's own sources; `us-east-1` for a custom endpoint, where it rarely matters. */
  region?: string;
  /** `https://host/bucket/key` instead of `https://bucket.host/key`. Default true for a custom endpoint. */
  forcePathStyle?: boolean;
  /** Default: the AWS SDK's chain (environment, profile, web identity, container, instance). */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Tries of one request, the first included. Default 3. */
  maxAttempts?: number;
  /** Longest silence of a connection. Default 30,000 ms. */
  socketTimeoutMs?: number;
}

/** The parts of the AWS SDK in use, and a client made by them. */
export interface S3 {
  sdk: typeof Sdk;
  client: Sdk.S3Client;
}

/** @throws SrvauError INVALID_REQUEST when the endpoint is not a plain http(s) URL. The endpoint is not repeated. */
export function checkS3Options(options: S3Options): void {
  if (options.endpoint === undefined) return;
  const url = URL.canParse(options.endpoint) ? new URL(options.endpoint) : null;
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isPlain) return;
  const expected = 'an http:// or https:// URL without user name and password';
  // The value stays out of the message: it may hold a secret.
  throw new SrvauError('INVALID_REQUEST', `S3 endpoint: expected ${expected}`, {
    details: [{ field: 's3.endpoint', expected, received: 'something else (not shown)' }],
  });
}

/** Loads the AWS SDK, which takes some 150 ms, on first use only: most processes never touch S3. */
export async function connectS3(options: S3Options): Promise<S3> {
  // Its notice, on standard error, of what releases after the one that is installed will need. Who sets it decides.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const sdk = await import('@aws-sdk/client-s3');
  const { endpoint, credentials } = options;
  const region = options.region ?? (endpoint === undefined ? undefined : 'us-east-1');
  const client = new sdk.S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    maxAttempts: options.maxAttempts ?? 3,
    // By default the SDK adds CRC trailers to uploads, which servers that are not AWS often refuse.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The connection time also counts the wait for a free socket when many requests go out at once.
    requestHandler: { connectionTimeout: 10_000, socketTimeout: options.socketTimeoutMs ?? 30_000 },
  });
  return { sdk, client };
}
