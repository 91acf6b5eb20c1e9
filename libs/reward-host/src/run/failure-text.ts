import { describeThrown } from '@srvau/reward-sdk';

/** What a plugin's module threw, in one line. Of a syntax error only the stack's first line says where it is. */
export function failureText(thrown: unknown): string {
  const text = describeThrown(thrown);
  if (!(thrown instanceof Error) || thrown.name !== 'SyntaxError') return text;
  const place = thrown.stack?.split('\n', 1)[0];
  return place !== undefined && /:\d+$/.test(place) ? `${text} (${place})` : text;
}
