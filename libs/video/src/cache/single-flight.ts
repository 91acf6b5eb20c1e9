interface Flight<T> {
  result: Promise<T>;
  controller: AbortController;
  waiting: number;
}

/** Callers that ask for the same thing at the same time share one run of the work. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Flight<T>>();

  /**
   * @param work gets a signal that aborts only when every caller has left: one caller's cancellation must not fail the
   *   others.
   */
  async run(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.flights.get(key) ?? this.start(key, work);
    flight.waiting += 1;
    try {
      return await settledOrAborted(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        // Who comes now must not join a run that is being aborted.
        if (this.flights.get(key) === flight) this.flights.delete(key);
        flight.controller.abort(signal?.reason);
        // The last to leave waits for the clean-up.
        await Promise.allSettled([flight.result]);
      }
    }
  }

  private start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { result: work(controller.signal), controller, waiting: 0 };
    this.flights.set(key, flight);
    return flight;
  }
}

async function settledOrAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return result;
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
