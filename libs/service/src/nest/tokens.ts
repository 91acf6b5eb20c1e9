/** Injection tokens of what has no class of its own. */

/** The process's `StructuredLog`. */
export const SERVICE_LOG = Symbol('srvau.log');
/** `() => ServiceInfo` of this process. */
export const SERVICE_INFO = Symbol('srvau.info');
