import { complaints } from './diagnose';
import { TextWindow } from './text-window';

describe('complaints', () => {
  it('drops addresses, paths and repetitions, and keeps the order', () => {
    const stderr = [
      '[mov,mp4,m4a,3gp,3g2,mj2 @ 0x559156742dc0] moov atom not found',
      '[mov,mp4,m4a,3gp,3g2,mj2 @ 0x559156742fff] moov atom not found',
      '    Last message repeated 3 times',
      '[h264 @ 0x55915674a440] [IMGUTILS @ 0x7ffe646b2440] Picture size 16384x4096 exceeds specified max pixel count',
      '[h264 @ 0x55915674a440] [IMGUTILS @ 0x7ffe646b2680] Picture size 16384x4096 exceeds specified max pixel count',
      '',
      'file:/data/a: b.mp4: Invalid data found when processing input\r',
    ].join('\n');
    expect(complaints(stderr)).toEqual([
      'mov,mp4,m4a,3gp,3g2,mj2: moov atom not found',
      'h264: IMGUTILS: Picture size 16384x4096 exceeds specified max pixel count',
      'Invalid data found when processing input',
    ]);
  });

  it('keeps at most eight lines of at most 200 characters', () => {
    const lines = complaints(Array.from({ length: 1000 }, (_, i) => `${i} ${'x'.repeat(1000)}`).join('\n'));
    expect(lines).toHaveLength(8);
    for (const line of lines) expect(line).toHaveLength(201);
  });
});

describe('TextWindow', () => {
  it('keeps a short text whole, however it is cut into chunks', () => {
    const window = new TextWindow();
    const text = 'é'.repeat(6000);
    for (const byte of Buffer.from(text)) window.push(Buffer.from([byte]));
    expect(window.toString()).toBe(text);
  });

  it('keeps head and tail of an endless one', () => {
    const window = new TextWindow();
    window.push(Buffer.from('first '));
    for (let i = 0; i < 1000; i += 1) window.push(Buffer.alloc(1000, 'x'));
    window.push(Buffer.from(' last'));
    const kept = window.toString();
    expect(kept.length).toBeLessThan(17_000);
    expect(kept).toMatch(/^first x+\n… 983627 bytes left out …\nx+ last$/);
  });
});
