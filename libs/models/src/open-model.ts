import { cutText, SrvauError } from '@srvau/contracts';
import { NativeModel, type NativeModelOptions } from './native/native-model';
import { OPENAI_FORM } from './openai/endpoint-uri';
import { OpenaiModel, type OpenaiModelOptions } from './openai/openai-model';
import { SCRIPTED_FORM, ScriptedModel } from './scripted/scripted-model';
import type { VisionLanguageModel } from './vision-language-model';

/**
 * What `openModel` passes on; a backend leaves alone what does not concern it. `mediaPath` and `videoLimits` concern all
 * that read media.
 */
export interface OpenModelOptions extends NativeModelOptions {
  openai?: Omit<OpenaiModelOptions, 'mediaPath' | 'videoLimits'>;
}

interface Backend {
  form: string;
  open(rest: string, options: OpenModelOptions): Promise<VisionLanguageModel>;
}

/** Backends by the scheme of their URI. */
const BACKENDS: Readonly<Record<string, Backend>> = {
  native: {
    form: 'native:DIR',
    open: (dir, options) => {
      if (dir === '') throw unknownModel('native:');
      return NativeModel.load(dir, options);
    },
  },
  openai: {
    form: OPENAI_FORM,
    open: (rest, { openai, mediaPath, videoLimits }) =>
      OpenaiModel.open(rest, { ...openai, ...(mediaPath && { mediaPath }), ...(videoLimits && { videoLimits }) }),
  },
  scripted: { form: SCRIPTED_FORM, open: (rest) => Promise.resolve(ScriptedModel.open(rest)) },
};

/** Whether a text is the URI of a model rather than, say, a path. */
export function isModelUri(text: string): boolean {
  return Object.hasOwn(BACKENDS, schemeOf(text).scheme);
}

/**
 * Opens the model that a URI names: a checkpoint directory in this process (`native:`), an endpoint (`openai:`), or the
 * deterministic stand-in that answers from annotations (`scripted:`).
 *
 * @throws SrvauError INVALID_REQUEST for a scheme that no backend has; what the backend throws
 */
export async function openModel(uri: string, options: OpenModelOptions = {}): Promise<VisionLanguageModel> {
  const { scheme, rest } = schemeOf(uri);
  const backend = Object.hasOwn(BACKENDS, scheme) ? BACKENDS[scheme] : undefined;
  if (backend === undefined) throw unknownModel(uri);
  return backend.open(rest, options);
}

function schemeOf(uri: string): { scheme: string; rest: string } {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(uri) ?? [];
  return { scheme, rest };
}

function unknownModel(uri: string): SrvauError {
  const forms = Object.values(BACKENDS).map(({ form }) => form);
  return SrvauError.mismatch('INVALID_REQUEST', 'model', forms.join(' or '), cutText(JSON.stringify(uri)));
}
