import { SrvauError } from '@srvau/contracts';

/** The error that `act` throws, or that its promise is rejected with. @throws whatever is none of ours */
export async function refusal(act: () => unknown): Promise<SrvauError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof SrvauError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}
