/** Something that moves, in pixels of the analysed picture. */
export interface Blob {
  left: number;
  top: number;
  right: number;
  bottom: number;
  area: number;
}

/** Brightness of each pixel, 0…255. */
export function lumaOf(picture: Uint8Array): Uint8Array {
  const luma = new Uint8Array(picture.length / 3);
  for (let i = 0; i < luma.length; i += 1) {
    const at = i * 3;
    luma[i] =
      ((picture[at] as number) * 77 + (picture[at + 1] as number) * 150 + (picture[at + 2] as number) * 29) >> 8;
  }
  return luma;
}

/** Each pixel's median over time: what stands still. */
export function medianPicture(pictures: readonly Uint8Array[]): Uint8Array {
  const [first] = pictures;
  if (first === undefined) return new Uint8Array(0);
  const values = new Uint8Array(pictures.length);
  return first.map((_, i) => {
    for (let t = 0; t < pictures.length; t += 1) values[t] = pictures[t]?.[i] as number;
    values.sort();
    return values[values.length >> 1] as number;
  });
}

/** Connected regions (8 neighbours) that differ from the background by more than `threshold`. */
export function findBlobs(luma: Uint8Array, background: Uint8Array, width: number, threshold: number): Blob[] {
  const height = luma.length / width;
  const open = new Uint8Array(luma.length);
  for (let i = 0; i < luma.length; i += 1) {
    if (Math.abs((luma[i] as number) - (background[i] as number)) > threshold) open[i] = 1;
  }
  const blobs: Blob[] = [];
  const stack: number[] = [];
  for (let start = 0; start < open.length; start += 1) {
    if (open[start] === 0) continue;
    const blob: Blob = { left: width, top: height, right: 0, bottom: 0, area: 0 };
    open[start] = 0;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const x = at % width;
      const y = (at - x) / width;
      blob.left = Math.min(blob.left, x);
      blob.right = Math.max(blob.right, x);
      blob.top = Math.min(blob.top, y);
      blob.bottom = Math.max(blob.bottom, y);
      blob.area += 1;
      // Two pixels far, so that a thin gap does not cut a person in two.
      for (let ny = Math.max(0, y - 2); ny <= Math.min(height - 1, y + 2); ny += 1) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx += 1) {
          const next = ny * width + nx;
          if (open[next] === 0) continue;
          open[next] = 0;
          stack.push(next);
        }
      }
    }
    blobs.push(blob);
  }
  return blobs;
}
