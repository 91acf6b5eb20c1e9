/** Which model answers; goes into the records of whatever was made with it. */
export interface ModelIdentity {
  /** Name of the backend: `native`, `openai`, `scripted`, `onnx` … */
  backend: string;
  /** Checkpoint directory's name, or the model's name at an endpoint. */
  model: string;
  /**
   * Digest of what determines the answers (weights, tokenizer, template), `sha256:<hex>`; null where the backend cannot
   * know it, as for an endpoint.
   */
  hash: string | null;
}
