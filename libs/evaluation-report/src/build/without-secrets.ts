/** User, password and query of a URL; what comes after `#` names a model and stays. */
const USER = /^([a-z][a-z0-9+.:-]*:\/\/)[^/?#@\s]*@/i;
const QUERY = /^([a-z][a-z0-9+.:-]*:\/\/[^?#\s]*)\?[^#\s]*/i;

/** A URI that may be shown to anybody: without user name, password and query. Other texts stay as they are. */
export function withoutSecrets(uri: string): string {
  return uri.replace(USER, '$1').replace(QUERY, '$1');
}
