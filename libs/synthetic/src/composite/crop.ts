/** A part of a picture, as shares of its sides. */
export interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Pixel sizes to cut a crop of `width` × `height` out of a picture that is scaled first. */
export interface CropPlan {
  scaledWidth: number;
  scaledHeight: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

export function planCrop(crop: Crop, width: number, height: number): CropPlan {
  const scaledWidth = Math.max(width, Math.round(width / crop.width));
  const scaledHeight = Math.max(height, Math.round(height / crop.height));
  return {
    scaledWidth,
    scaledHeight,
    left: Math.min(scaledWidth - width, Math.round(crop.left * scaledWidth)),
    top: Math.min(scaledHeight - height, Math.round(crop.top * scaledHeight)),
    width,
    height,
  };
}

/** Cuts an RGB24 picture of the scaled size. */
export function cut(picture: Uint8Array, plan: CropPlan): Uint8Array {
  const { scaledWidth, left, top, width, height } = plan;
  const piece = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const from = ((top + y) * scaledWidth + left) * 3;
    piece.set(picture.subarray(from, from + width * 3), y * width * 3);
  }
  return piece;
}

/** The largest part of a picture with another aspect (width / height), in its middle. */
export function middleCrop(sourceAspect: number, aspect: number): Crop {
  if (sourceAspect > aspect) {
    const width = aspect / sourceAspect;
    return { left: (1 - width) / 2, top: 0, width, height: 1 };
  }
  const height = sourceAspect / aspect;
  return { left: 0, top: (1 - height) / 2, width: 1, height };
}
