import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type NativeAddon } from './addon';

/** The addon is not there or does not fit this machine; the message lists what to do about it. */
export class NativeLoadError extends Error {
  override readonly name = 'NativeLoadError';

  constructor(
    readonly file: string,
    readonly fixes: readonly string[],
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    const list = fixes.map((fix) => `  - ${fix}`).join('\n');
    super(`cannot load the native addon ${file}: ${reason}\nWhat may help:\n${list}`, { cause });
  }
}

/** `native/build`, seen from both `js/src` and `js/dist`. */
const ADDON_FILE = join(__dirname, '..', '..', 'build', 'srvau_native.node');

/** @throws NativeLoadError */
export function loadAddon(file: string = ADDON_FILE): NativeAddon {
  boundSpinning();
  try {
    return createRequire(__filename)(file) as NativeAddon;
  } catch (error) {
    throw new NativeLoadError(file, fixesFor(error), error);
  }
}

/**
 * libgomp, which runs libtorch's operators on several cores, lets threads that wait for work spin for milliseconds. Where
 * anything else wants those cores, a service beside us for instance, every operator then waits for a core and all is ten
 * times slower. Threads that sleep at once cost a factor of two in generation, whose operators are a few microseconds
 * apart. So they spin for about as long as that gap. Read once, when the library is loaded; whoever has set either
 * variable knows better: OMP_WAIT_POLICY=passive is right where cores are always shared, active where they never are.
 */
function boundSpinning(): void {
  if (process.env['OMP_WAIT_POLICY'] === undefined) process.env['GOMP_SPINCOUNT'] ??= '5000';
}

function fixesFor(error: unknown): string[] {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('Cannot find module')) return ['build it: npm run setup'];
  if (/libtorch|libc10|libcud|libnv/.test(message)) {
    return [
      'libtorch has moved or is another release than the addon was built with; build again: npm run setup',
      'with LIBTORCH set, check that it names a directory with lib/ and include/',
    ];
  }
  if (/GLIBC|CXXABI|wrong ELF class|not a mach-o|invalid ELF header/i.test(message)) {
    return ['the addon was built on another machine; remove native/build and run: npm run setup'];
  }
  return ['build it again: rm -rf native/build && npm run setup', 'see what the machine lacks: npm run doctor'];
}
