import { SUBJECTS } from './subjects';

/**
 * What a caller can do about a message that is too large, for the end of a PAYLOAD_TOO_LARGE message.
 * @param rows rollouts in the message, where that is known
 */
export function adviceWhenTooLarge(subject: string, bytes: number, limit: number, rows?: number): string {
  if (subject !== SUBJECTS.rewardScore) return 'larger data travels by URI';
  const fit = rows === undefined ? 0 : Math.floor((rows * limit) / bytes);
  const count = fit < 1 ? '' : `, of these about ${fit}`;
  return `send fewer rollouts a request${count}, and keep a group in one`;
}
