import { join, parse, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { openModel, type VisionLanguageModel } from '@srvau/models';
import { ArtifactStore } from '@srvau/storage';
import { homeOf, type Io } from '../io';
import type { RunModelOptions } from '../options';
import { type ChatRequest, type ModelRequest, readRequest } from './request-file';
import { mediaPath } from './with-prompt';

/** A conversation, and the model of another process that is to answer it. */
export interface EndpointTask {
  request: ChatRequest;
  model: VisionLanguageModel;
}

/** Fields of a request that only a checkpoint in this process can heed. */
const CHECKPOINT_FIELDS = ['stop_token_ids', 'mrope'] as const;

/**
 * Reads a request, opens the model that the URI names and lets `work` have both.
 *
 * @throws SrvauError INVALID_REQUEST: a URI that cannot be read, a request that an endpoint cannot take
 */
export async function withEndpoint<T>(
  options: RunModelOptions,
  io: Io,
  work: (task: EndpointTask) => Promise<T>,
): Promise<T> {
  const file = resolve(io.cwd, options.request);
  const request = await readRequest(file, io.interrupts.signal);
  requireChat(request, file);
  const store = new ArtifactStore({ fileRoots: [parse(io.cwd).root] });
  try {
    await using model = await openModel(options.model, {
      mediaPath: (item, aborted) => mediaPath(store, item, join(homeOf(io), 'media'), aborted),
      openai: { env: io.env },
    });
    return await work({ request, model });
  } finally {
    await store.close();
  }
}

function requireChat(request: ModelRequest, file: string): asserts request is ChatRequest {
  const foreign =
    request.kind === 'tokens' ? 'input_ids' : CHECKPOINT_FIELDS.find((name) => request[name] !== undefined);
  if (foreign === undefined) return;
  const expected = 'messages, and of the other fields what an endpoint knows';
  throw SrvauError.mismatch('INVALID_REQUEST', file, expected, foreign, { field: foreign });
}
