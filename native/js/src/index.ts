import { loadAddon, type NativeAddon, type RuntimeInfo } from './load';

export { NativeLoadError, type RuntimeInfo } from './load';

let addon: NativeAddon | undefined;

/**
 * Loads the addon on first use, which takes about a third of a second and maps libtorch into the process.
 *
 * @throws NativeLoadError where the addon is missing or does not fit this machine
 */
export function runtimeInfo(): RuntimeInfo {
  addon ??= loadAddon();
  return addon.runtimeInfo();
}
