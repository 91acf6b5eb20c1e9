import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { roomImports } from './tools/lint/room-imports.mjs';
import { findPackages, ROOMS } from './tools/lint/rooms.mjs';

export default tseslint.config(
  { ignores: ['**/dist/**', 'native/build/**', '.nx/**', '.venv/**', '.srvau/**', 'runs/**', '**/node_modules/**'] },
  // A comment in a file cannot switch a rule off: an exception is an entry here, where everybody sees it.
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  prettier,
  {
    files: ['**/*.{ts,tsx,mts,cts,js,mjs,cjs}'],
    plugins: { srvau: { rules: { 'room-imports': roomImports } } },
    rules: {
      'srvau/room-imports': [
        'error',
        { root: import.meta.dirname, packages: findPackages(import.meta.dirname), rooms: ROOMS },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['apps/cli/**', 'tools/**', 'tests/**', '**/*.spec.ts', 'libs/machine/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // TypeScript knows its globals; plain JavaScript is told those of the Node.js that lints.
    files: ['**/*.{mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly'])),
    },
  },
  {
    // Nest reads parameter types at run time: a type-only import would erase them.
    files: ['apps/{dataset,training,reward,evaluation}/**/*.ts', 'libs/{contracts,service,messaging}/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
);
