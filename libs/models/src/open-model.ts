import { SrvauError, cutText } from '@srvau/contracts';
import { NativeModel, type NativeModelOptions } from './native/native-model';
import type { VisionLanguageModel } from './vision-language-model';

/** What `openModel` passes on; a backend leaves alone what does not concern it. */
export type OpenModelOptions = NativeModelOptions;

/** Backends by the scheme of their URI. */
const BACKENDS: Readonly<
  Record<string, { form: string; open(rest: string, options: OpenModelOptions): Promise<VisionLanguageModel> }>
> = {
  native: { form: 'native:DIR', open: (dir, options) => NativeModel.load(dir, options) },
};

/**
 * Opens the model that a URI names: `native:DIR` is a checkpoint directory in this process.
 *
 * @throws SrvauError INVALID_REQUEST for a scheme that no backend has; what the backend throws
 */
export async function openModel(uri: string, options: OpenModelOptions = {}): Promise<VisionLanguageModel> {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.+)$/s.exec(uri) ?? [];
  const backend = Object.hasOwn(BACKENDS, scheme) ? BACKENDS[scheme] : undefined;
  if (backend === undefined) {
    const forms = Object.values(BACKENDS).map(({ form }) => form);
    throw SrvauError.mismatch('INVALID_REQUEST', 'model', forms.join(' or '), cutText(JSON.stringify(uri)));
  }
  return backend.open(rest, options);
}
