const PART_BYTES = 8192;

/** Keeps the head and the tail of a byte stream of any length, for diagnostics. */
export class TextWindow {
  private head = Buffer.alloc(0);
  private tail = Buffer.alloc(0);
  private dropped = 0;

  push(chunk: Buffer): void {
    const room = PART_BYTES - this.head.length;
    if (room > 0) this.head = Buffer.concat([this.head, chunk.subarray(0, room)]);
    if (chunk.length <= room) return;
    const joined = Buffer.concat([this.tail, chunk.subarray(Math.max(room, 0))]);
    const surplus = Math.max(0, joined.length - PART_BYTES);
    this.dropped += surplus;
    this.tail = joined.subarray(surplus);
  }

  toString(): string {
    const gap = this.dropped > 0 ? `\n… ${this.dropped} bytes left out …\n` : '';
    return `${this.head.toString('utf8')}${gap}${this.tail.toString('utf8')}`;
  }
}
