/** Bit of each dot of a braille character, by column and row; see Unicode, U+2800. */
const BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const EMPTY = 0x2800;

/** A drawing of dots, 2 × 4 of them a character. */
export class BrailleCanvas {
  readonly width: number;
  readonly height: number;
  private readonly dots: Uint8Array;
  /** Which layer drew last in a character. */
  private readonly layers: Int16Array;

  constructor(
    private readonly columns: number,
    private readonly rows: number,
  ) {
    this.width = columns * 2;
    this.height = rows * 4;
    this.dots = new Uint8Array(columns * rows);
    this.layers = new Int16Array(columns * rows).fill(-1);
  }

  /** @param y 0 is the top; what lies outside is not drawn */
  dot(x: number, y: number, layer: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const cell = Math.floor(y / 4) * this.columns + Math.floor(x / 2);
    this.dots[cell] = (this.dots[cell] ?? 0) | (BITS[x % 2 === 0 ? 0 : 1][y % 4] ?? 0);
    this.layers[cell] = layer;
  }

  line(x0: number, y0: number, x1: number, y1: number, layer: number): void {
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
    for (let i = 0; i <= steps; i += 1) {
      this.dot(Math.round(x0 + ((x1 - x0) * i) / steps), Math.round(y0 + ((y1 - y0) * i) / steps), layer);
    }
  }

  /** Rows from the top. @param paint is given stretches of one layer */
  render(paint: (text: string, layer: number) => string): string[] {
    return Array.from({ length: this.rows }, (_, row) => this.renderRow(row * this.columns, paint));
  }

  private renderRow(start: number, paint: (text: string, layer: number) => string): string {
    let out = '';
    let stretch = '';
    let layer = -1;
    const flush = (): void => {
      out += layer < 0 ? stretch : paint(stretch, layer);
      stretch = '';
    };
    for (let cell = start; cell < start + this.columns; cell += 1) {
      const next = this.layers[cell] ?? -1;
      if (next !== layer) flush();
      layer = next;
      const dots = this.dots[cell] ?? 0;
      stretch += dots === 0 ? ' ' : String.fromCodePoint(EMPTY + dots);
    }
    flush();
    return out.trimEnd();
  }
}
