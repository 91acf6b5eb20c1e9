/** What a check found wrong. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';

  constructor(
    readonly expected: string,
    readonly received: string,
    readonly where = '',
  ) {
    super(`${where === '' ? '' : `${where}: `}expected ${expected}, received ${received}`);
  }
}
