import { type EarlyStopConfig, SrvauError } from '@srvau/contracts';

/**
 * Whether there is something for an early stop to go by.
 *
 * @param val what the validation split has
 * @throws SrvauError UNPROCESSABLE
 */
export function checkEarlyStop(
  { earlyStop }: { readonly earlyStop?: EarlyStopConfig },
  val: readonly unknown[],
  data: string,
): void {
  if (earlyStop === undefined || val.length > 0) return;
  const field = 'config.validation.earlyStop';
  const expected = `records in the split val of ${data}, as it goes by validations`;
  throw SrvauError.mismatch('UNPROCESSABLE', field, expected, 'none');
}
