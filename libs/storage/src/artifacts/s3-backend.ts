import { Readable } from 'node:stream';
import { throwIfAborted } from '../abort';
import type { FileData } from '../atomic/atomic-file';
import { abortable } from './abortable';
import type {
  ArtifactBackend,
  ArtifactEntry,
  ArtifactStat,
  ListOptions,
  LocalCopyOptions,
  ReadOptions,
  WriteOptions,
} from './backend';
import { artifactError } from './errors';
import { type S3, type S3Options, checkS3Options, connectS3 } from './s3-client';
import { downloadOnce } from './s3-download';
import { fromS3Error } from './s3-errors';
import { UploadSource, inParts } from './upload-source';
import { type S3Uri, folderKey, formatUri, parseArtifactUri } from './uri';

/** 10,000 parts are the protocol's limit: 16 MiB allow objects of 160 GB of unknown length. */
const PART_BYTES = 16 * 1024 * 1024;

/** Artifacts in S3 or a server that speaks its protocol. */
export class S3Backend implements ArtifactBackend<S3Uri> {
  private connection: Promise<S3> | undefined;

  /** @param pageKeys keys asked for at a time when listing; 1,000 is the protocol's most. */
  constructor(
    private readonly options: S3Options,
    private readonly pageKeys = 1_000,
  ) {
    checkS3Options(options);
  }

  async stat(uri: S3Uri): Promise<ArtifactStat> {
    const name = formatUri(uri);
    if (uri.key !== '' && !uri.key.endsWith('/')) {
      try {
        return await this.head(uri);
      } catch (error) {
        const mapped = fromS3Error(error, name);
        // An answer to HEAD has no body: only the listing tells a missing bucket from a missing object.
        if (mapped.code !== 'NOT_FOUND' || !(await this.hasObjectBelow(uri))) throw mapped;
      }
    } else if (!(await this.hasObjectBelow(uri)) && uri.key !== '') {
      throw artifactError('NOT_FOUND', name, 'an object or a folder', 'nothing there');
    }
    return { uri: name, kind: 'directory', size: 0, modifiedAt: null };
  }

  async *list(prefix: S3Uri, { signal, onSkipped }: ListOptions): AsyncIterable<ArtifactEntry> {
    const folder = folderKey(prefix.key);
    let token: string | undefined;
    let listed = 0;
    do {
      throwIfAborted(signal);
      const page = await this.page(prefix, folder, this.pageKeys, { token, signal });
      for (const object of page.Contents ?? []) {
        listed += 1;
        const key = object.Key ?? '';
        const uri = `s3://${prefix.bucket}/${key}`;
        // Consoles make an empty object with a final slash to show a folder.
        if (key.endsWith('/')) continue;
        const reason = unaddressable(uri);
        if (reason === null) {
          const relativePath = key.slice(folder.length);
          yield { uri, relativePath, size: object.Size ?? 0, modifiedAt: object.LastModified ?? null };
        } else onSkipped?.(uri, reason);
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
    if (listed === 0 && prefix.key !== '') {
      throw artifactError('NOT_FOUND', formatUri(prefix), 'a folder with objects', 'nothing there');
    }
  }

  async folders(uri: S3Uri, signal?: AbortSignal): Promise<string[]> {
    const folder = folderKey(uri.key);
    // Not every server keeps a folder to one page.
    const names = new Set<string>();
    let token: string | undefined;
    let isThere = uri.key === '';
    do {
      throwIfAborted(signal);
      const page = await this.page(uri, folder, this.pageKeys, { token, signal, delimiter: '/' });
      const prefixes = (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix);
      isThere ||= prefixes.length > 0 || (page.Contents?.length ?? 0) > 0;
      for (const prefix of prefixes) {
        if (unaddressable(`s3://${uri.bucket}/${prefix}`) !== null) continue;
        names.add(prefix.slice(folder.length, -1));
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
    if (!isThere) throw artifactError('NOT_FOUND', formatUri(uri), 'a folder with objects', 'nothing there');
    // `a/` comes after `a-b/` on S3, as the slash is part of the name there.
    return [...names]
      .map((name) => Buffer.from(name))
      .sort(Buffer.compare)
      .map(String);
  }

  async read(uri: S3Uri, { signal, start, end }: ReadOptions): Promise<Readable> {
    throwIfAborted(signal);
    const Range = start === undefined && end === undefined ? undefined : `bytes=${start ?? 0}-${end ?? ''}`;
    const { Body } = await this.send(uri, signal, ({ sdk, client }, abort) =>
      client.send(new sdk.GetObjectCommand({ ...location(uri), ...(Range === undefined ? {} : { Range }) }), abort),
    );
    return abortable(readableBody(Body, formatUri(uri)), signal);
  }

  async write(uri: S3Uri, data: FileData, { signal, contentType }: WriteOptions): Promise<void> {
    throwIfAborted(signal);
    if (uri.key === '' || uri.key.endsWith('/')) {
      throw artifactError('INVALID_REQUEST', formatUri(uri), 'the key of an object', 'a folder');
    }
    const params = { ...location(uri), ...(contentType === undefined ? {} : { ContentType: contentType }) };
    const whole = typeof data === 'string' ? Buffer.from(data) : data;
    if (whole instanceof Uint8Array && whole.byteLength <= PART_BYTES) {
      await this.send(uri, signal, ({ sdk, client }, abort) =>
        client.send(new sdk.PutObjectCommand({ ...params, Body: whole }), abort),
      );
      return;
    }
    const source = new UploadSource(whole instanceof Uint8Array ? inParts(whole, PART_BYTES) : whole, signal);
    try {
      await this.send(uri, signal, async ({ client }) => {
        const { Upload } = await import('@aws-sdk/lib-storage');
        // Not `upload.abort()`: that rejects at once and leaves the parts to a request nobody waits for. A body that
        // fails makes the upload abort on the server first and reject then.
        await new Upload({ client, params: { ...params, Body: source.body }, partSize: PART_BYTES }).done();
      });
    } catch (error) {
      throw source.failure ?? error;
    }
  }

  async localCopy(uri: S3Uri, cacheDir: string, options: LocalCopyOptions): Promise<string> {
    const { signal } = options;
    throwIfAborted(signal);
    const stat = await this.head(uri, signal);
    return downloadOnce({
      stat,
      origin: this.options.endpoint ?? 'aws',
      cacheDir,
      options,
      fetchFrom: async (start) => {
        const { Body } = await this.send(uri, signal, ({ sdk, client }, abort) => {
          const Range = start === 0 ? {} : { Range: `bytes=${start}-` };
          const IfMatch = stat.etag === undefined ? {} : { IfMatch: stat.etag };
          return client.send(new sdk.GetObjectCommand({ ...location(uri), ...Range, ...IfMatch }), abort);
        });
        return abortable(readableBody(Body, stat.uri), signal);
      },
    });
  }

  async delete(uri: S3Uri): Promise<void> {
    await this.send(uri, undefined, ({ sdk, client }) => client.send(new sdk.DeleteObjectCommand(location(uri))));
  }

  async close(): Promise<void> {
    const opened = await this.connection;
    opened?.client.destroy();
    this.connection = undefined;
  }

  private async head(uri: S3Uri, signal?: AbortSignal): Promise<ArtifactStat> {
    const answer = await this.send(uri, signal, ({ sdk, client }, abort) =>
      client.send(new sdk.HeadObjectCommand(location(uri)), abort),
    );
    return {
      uri: formatUri(uri),
      kind: 'file',
      size: answer.ContentLength ?? 0,
      modifiedAt: answer.LastModified ?? null,
      ...(answer.ETag === undefined ? {} : { etag: answer.ETag }),
    };
  }

  private async hasObjectBelow(uri: S3Uri): Promise<boolean> {
    const page = await this.page(uri, folderKey(uri.key), 1);
    return (page.Contents?.length ?? 0) > 0;
  }

  private page(
    uri: S3Uri,
    Prefix: string,
    MaxKeys: number,
    options: { token?: string | undefined; signal?: AbortSignal | undefined; delimiter?: string } = {},
  ) {
    const { token, signal, delimiter } = options;
    const rest = {
      ...(token === undefined ? {} : { ContinuationToken: token }),
      ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
    };
    return this.send(uri, signal, ({ sdk, client }, abort) =>
      client.send(new sdk.ListObjectsV2Command({ Bucket: uri.bucket, Prefix, MaxKeys, ...rest }), abort),
    );
  }

  private async send<T>(
    uri: S3Uri,
    signal: AbortSignal | undefined,
    request: (s3: S3, abort: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    try {
      this.connection ??= connectS3(this.options);
      return await request(await this.connection, signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      throw fromS3Error(error, formatUri(uri), signal);
    }
  }
}

const location = (uri: S3Uri) => ({ Bucket: uri.bucket, Key: uri.key });

/** In Node the SDK's body is a stream of the HTTP response; its type also covers browsers. */
function readableBody(body: unknown, uri: string): Readable {
  if (body instanceof Readable) return body;
  throw artifactError('UNAVAILABLE', uri, 'an object with a body', typeof body);
}

function unaddressable(uri: string): string | null {
  try {
    parseArtifactUri(uri);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
