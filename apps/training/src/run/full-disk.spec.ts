import { NativeError } from '@srvau/native';
import { writing } from './full-disk';

const failing = (error: Error) => writing('metrics', '/runs/a', () => Promise.reject(error));
const ofSystem = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test.each<[string, Error, string]>([
  [
    'of Node',
    ofSystem('ENOSPC', 'ENOSPC: no space left on device, write'),
    'ENOSPC: no space left on device, write; what was saved before is whole',
  ],
  ['of a quota', ofSystem('EDQUOT', 'EDQUOT: disk quota exceeded'), 'EDQUOT: disk quota exceeded; what was'],
  [
    'of native code',
    new NativeError(
      'CHECKPOINT',
      "a.safetensors: expected room, received the system's error: No space left on device; x",
    ),
    'received No space left on device; what was saved before is whole: make room, then resume the run',
  ],
])('a full disk is told as one: %s', async (_name, error, message) => {
  await expect(failing(error)).rejects.toMatchObject({
    ...{ code: 'UNPROCESSABLE', retryable: false, cause: error, details: [{ field: 'out' }] },
    message: expect.stringContaining(message) as string,
  });
  await expect(failing(error)).rejects.toThrow(/^\/runs\/a: expected room on the disk for metrics, received /);
});

test.each([
  ofSystem('EACCES', 'EACCES: permission denied'),
  new NativeError('CHECKPOINT', 'a.safetensors: expected a header, received 3 bytes'),
  new Error('No space left on device'),
])('anything else is passed on as it is: %s', async (error) => {
  await expect(failing(error)).rejects.toBe(error);
});
