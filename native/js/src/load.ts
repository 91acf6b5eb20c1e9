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
  letThreadsSleep();
  try {
    return createRequire(__filename)(file) as NativeAddon;
  } catch (error) {
    throw new NativeLoadError(file, fixesFor(error), error);
  }
}

/**
 * libgomp, which runs libtorch's operators on several cores, lets threads that wait spin unless told otherwise. Where
 * anything else wants those cores, a service beside us for instance, that makes every operator wait for a core and costs
 * a factor of ten; sleeping costs a few per cent where nothing does. It is read once, when the library is loaded.
 */
function letThreadsSleep(): void {
  if (process.env['GOMP_SPINCOUNT'] === undefined) process.env['OMP_WAIT_POLICY'] ??= 'passive';
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
