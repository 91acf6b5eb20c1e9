/**
 * Finds the first dotted version in a tool's greeting, e.g. `ffmpeg version n5.1.9-0+deb12` → [5, 1, 9].
 * A missing patch level reads as 0.
 *
 * @param {string} text
 * @returns {import('./index.mjs').Version | null} null where no version can be read
 */
export function parseVersion(text) {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/**
 * @param {import('./index.mjs').Version} version
 * @param {import('./index.mjs').Version} wanted inclusive lower bound
 */
export function atLeast(version, wanted) {
  for (const [index, part] of version.entries()) {
    const least = wanted[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

/**
 * Trailing zeroes are left out: [20, 19, 0] → `20.19`.
 *
 * @param {import('./index.mjs').Version} version
 */
export function formatVersion(version) {
  const [major, minor, patch] = version;
  return patch === 0 ? `${major}.${minor}` : `${major}.${minor}.${patch}`;
}
