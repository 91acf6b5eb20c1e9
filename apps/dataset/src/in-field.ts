import { SrvauError } from '@srvau/contracts';

/** Errors of the store name a URI; callers look for a field of their request. */
export async function inField(field: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    const details = error.details.map((detail) => ({ ...detail, field }));
    throw new SrvauError(error.code, `${field}: ${error.message}`, { details, cause: error });
  }
}
