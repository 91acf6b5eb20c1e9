import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/**
 * The rule between rooms (ARCHITECTURE.md): which room may import which.
 * A room is a package; its tag stands in its package.json under nx.tags.
 */
const rooms = {
  contracts: [],
  machine: [],
  native: [],
  messaging: ['contracts'],
  storage: ['contracts'],
  video: ['contracts'],
  service: ['contracts', 'messaging'],
  dataset: ['contracts', 'messaging', 'service', 'storage', 'video'],
  training: ['contracts', 'messaging', 'service', 'storage', 'native'],
  reward: ['contracts', 'messaging', 'service', 'storage'],
  evaluation: ['contracts', 'messaging', 'service', 'storage', 'native'],
  cli: ['contracts', 'messaging', 'storage', 'machine'],
};

const depConstraints = [
  ...Object.entries(rooms).map(([room, allowed]) => ({
    sourceTag: `room:${room}`,
    onlyDependOnLibsWithTags: allowed.map((name) => `room:${name}`),
  })),
  // Tools may import anything; nothing imports tools.
  { sourceTag: 'room:tools', notDependOnLibsWithTags: ['room:nothing'] },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/build/**', '.nx/**', '.venv/**', '.srvau/**', 'runs/**', '**/node_modules/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  prettier,
  {
    files: ['**/*.{ts,mts,mjs}'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: false, allow: [], depConstraints }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['apps/cli/**', 'tools/**', 'tests/**', '**/*.spec.ts', 'libs/machine/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.{mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'fetch',
          'AbortSignal',
          'performance',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    // Nest reads parameter types at run time: a type-only import would erase them.
    files: ['apps/{dataset,training,reward,evaluation}/**/*.ts', 'libs/{contracts,service,messaging}/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
);
