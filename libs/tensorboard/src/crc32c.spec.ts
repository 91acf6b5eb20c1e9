import { crc32c } from './crc32c';

// RFC 3720, appendix B.4, whose checksums are written with the least byte first.
test.each<[string, Uint8Array, number]>([
  ['32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 incrementing bytes', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['32 decrementing bytes', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['nothing', new Uint8Array(), 0],
  ['the check value of the CRC catalogue', Buffer.from('123456789'), 0xe3069283],
])('%s', (_name, bytes, checksum) => {
  expect(crc32c(bytes)).toBe(checksum);
});
