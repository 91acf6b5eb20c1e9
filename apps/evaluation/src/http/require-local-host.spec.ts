import { requireLocalHost } from './require-local-host';

const LOCAL = ['localhost', 'localhost:7104', 'LOCALHOST', '127.0.0.1:7104', '127.8.9.1', '[::1]', '[::1]:7104'];
const OTHERS = [
  'evil.example',
  'evil.example:7104',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '10.0.0.1',
  '',
  '[::2]',
];

it.each(LOCAL)('answers callers of %s', (host) => {
  expect(() => requireLocalHost(host, '127.0.0.1')).not.toThrow();
  expect(() => requireLocalHost(host, '::1')).not.toThrow();
});

it.each([...OTHERS, undefined])('answers callers of %s only where it listens for others too', (host) => {
  expect(() => requireLocalHost(host, '127.0.0.1')).toThrow(/^Host: expected localhost/);
  expect(() => requireLocalHost(host, '0.0.0.0')).not.toThrow();
  expect(() => requireLocalHost(host, 'srvau-evaluation')).not.toThrow();
});
