import { text } from 'node:stream/consumers';
import { EventStream } from './event-stream';

it('is open from the first event on, one line of data each', async () => {
  const stream = new EventStream();
  expect(stream.isOpen).toBe(false);
  stream.send('token', { text: 'two\nlines\r\n' });
  await stream.begun;
  expect(stream.isOpen).toBe(true);
  stream.end();
  expect(await text(stream.readable)).toBe('event: token\ndata: {"text":"two\\nlines\\r\\n"}\n\n');
});

it('begins with a comment where the first event is long in coming', async () => {
  const stream = new EventStream(10);
  await stream.begun;
  stream.end();
  expect(await text(stream.readable)).toMatch(/^(: waiting\n\n)+$/);
});

it('takes events for a caller who has gone, and drops them', () => {
  const stream = new EventStream();
  stream.readable.destroy();
  stream.send('token', {});
  stream.end();
  expect(stream.isOpen).toBe(false);
});
