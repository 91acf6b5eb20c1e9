export type Lookup<T> =
  { kind: 'found'; file: T } | { kind: 'missing' } | { kind: 'ambiguous'; candidates: readonly string[] };

/**
 * Finds the files that annotated names mean, in a listing of relative paths. In this order:
 *
 * 1. the very path; 2. the one file whose path ends in the name, in whatever folder; and both again for the name without
 * the `msad_`, `ucf_` or `ecva_` that VAU-Bench's train and val files put before the benchmarks' own file names.
 *
 * Letter case counts. Composed and decomposed accents are the same, since some systems store one, some the other.
 */
export class VideoLookup<T extends { relativePath: string }> {
  private readonly byPath = new Map<string, T>();
  private readonly byBaseName = new Map<string, T[]>();

  constructor(files: Iterable<T>) {
    for (const file of files) {
      const path = file.relativePath.normalize('NFC');
      this.byPath.set(path, file);
      const base = baseName(path);
      const same = this.byBaseName.get(base);
      if (same === undefined) this.byBaseName.set(base, [file]);
      else same.push(file);
    }
  }

  find(name: string): Lookup<T> {
    const lookup = this.findExactly(name);
    if (lookup.kind !== 'missing') return lookup;
    const stripped = withoutSourcePrefix(name);
    return stripped === null ? lookup : this.findExactly(stripped);
  }

  private findExactly(name: string): Lookup<T> {
    const path = name.normalize('NFC');
    const exact = this.byPath.get(path);
    if (exact !== undefined) return { kind: 'found', file: exact };
    const candidates = (this.byBaseName.get(baseName(path)) ?? []).filter((file) =>
      `/${file.relativePath.normalize('NFC')}`.endsWith(`/${path}`),
    );
    const [file, another] = candidates;
    if (file === undefined) return { kind: 'missing' };
    if (another === undefined) return { kind: 'found', file };
    return { kind: 'ambiguous', candidates: candidates.map((candidate) => candidate.relativePath).sort() };
  }
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The name without the prefix that VAU-Bench's train and val files put before it; null where there is none. */
export function withoutSourcePrefix(video: string): string | null {
  const at = video.lastIndexOf('/') + 1;
  const stripped = video.slice(at).replace(/^(?:msad|ucf|ecva)_/, '');
  return stripped === '' || stripped === video.slice(at) ? null : video.slice(0, at) + stripped;
}
