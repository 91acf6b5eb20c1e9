import {
  type EvaluationJudgeRequest,
  inField,
  parseDto,
  parseLenientJson,
  SrvauError,
  VauEvalItem,
} from '@srvau/contracts';
import { type ArtifactStore, readJsonl } from '@srvau/storage';
import { ItemSet, type JudgeItems } from './item-set';

/**
 * The items of a request, from itself or from the file that it names.
 *
 * @throws SrvauError naming the item or the line: INVALID_REQUEST; of a file UNPROCESSABLE, or as the store where it cannot
 *   be read; PAYLOAD_TOO_LARGE
 */
export async function readItems(
  { items, itemsUri }: Pick<EvaluationJudgeRequest, 'items' | 'itemsUri'>,
  store: ArtifactStore,
  signal: AbortSignal,
): Promise<JudgeItems> {
  const set = new ItemSet();
  for (const [i, item] of items?.entries() ?? []) set.add(item, `items[${i}]`, 'INVALID_REQUEST');
  if (itemsUri !== undefined) await inField('itemsUri', () => addFile(itemsUri, set, store, signal));
  return set.finish();
}

async function addFile(uri: string, set: ItemSet, store: ArtifactStore, signal: AbortSignal): Promise<void> {
  const parse = (value: unknown, where: string): [VauEvalItem, string] => [
    parseDto(VauEvalItem, value, where, 'UNPROCESSABLE'),
    where,
  ];
  try {
    const bytes = (await store.read(uri, { signal })) as AsyncIterable<Uint8Array>;
    for await (const [item, where] of readJsonl(bytes, { parse, parseText: parseLenientJson, name: uri, signal })) {
      set.add(item, where, 'UNPROCESSABLE');
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SrvauError) throw error;
    throw SrvauError.mismatch('UNAVAILABLE', uri, 'its bytes to the end', 'a read that broke off', { cause: error });
  }
  // More likely the wrong file than what somebody wants judged.
  if (set.size === 0) throw SrvauError.mismatch('UNPROCESSABLE', uri, 'items, one a line', 'none');
}
