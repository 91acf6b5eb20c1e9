import type { ModelIdentity } from '@srvau/contracts';
import type { Completion, Generation, Usage } from '@srvau/models';

export interface Answer {
  completion: Completion;
  usage: Usage | undefined;
  /** What an endpoint calls the model that answered, where it says. */
  servedBy?: string;
}

/** A model as long work asks it: it waits where the backend is away. */
export interface AskedModel {
  readonly identity: ModelIdentity;
  /** @throws SrvauError that is final, for the request or for all; the signal's reason */
  ask(request: Generation, signal: AbortSignal): Promise<Answer>;
}
