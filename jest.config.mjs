const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
      keepClassNames: true,
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

/** Packages that ship ES modules only; jest's module loader wants CommonJS. */
const esmOnly = ['hyparquet', 'hyparquet-writer', 'hysnappy', 'd3-[a-z-]+', 'internmap'].join('|');

const common = {
  rootDir: import.meta.dirname,
  testEnvironment: '<rootDir>/tests/support/jest-environment.mjs',
  transform: { '^.+\\.[cm]?[jt]s$': swc },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly})/)`, '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/package.json', '<rootDir>/.srvau', '<rootDir>/runs'],
};

export default {
  // Real servers and ffmpeg run underneath each worker, so many cores would be too many; but the long ones mostly wait, for
  // leases that run out and processes that end, which leaves two cores idle for a quarter of the time.
  maxWorkers: 3,
  testTimeout: 60_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,plugins,tools}/*/src/**/*.spec.ts', '<rootDir>/native/js/src/**/*.spec.ts'],
      // Unit specs run on sources, so they need no build.
      moduleNameMapper: {
        '^@srvau/(contracts|evaluation-client|evaluation-report|judge|messaging|metrics|model-pool|models|page|reasoning|reflection-data|reward-host|reward-sdk|runs|storage|synthetic|tensorboard|video|service)$':
          '<rootDir>/libs/$1/src',
        '^@srvau/messaging/client$': '<rootDir>/libs/messaging/src/client',
        '^@srvau/reward-sdk/testing$': '<rootDir>/libs/reward-sdk/src/testing',
        '^@srvau/(task|reflection|temporal-iou)-reward$': '<rootDir>/plugins/$1-reward/src',
        '^@srvau/native$': '<rootDir>/native/js/src',
        // Some of them come as .mjs first, which jest never transforms.
        '^(d3-[a-z-]+|internmap)$': '<rootDir>/node_modules/$1/dist/$1.js',
      },
    },
    {
      ...common,
      displayName: 'workspace',
      testMatch: ['<rootDir>/tests/workspace/**/*.spec.ts'],
    },
    {
      ...common,
      displayName: 'e2e',
      testMatch: ['<rootDir>/tests/{e2e,external-client,external-plugin}/**/*.e2e.ts'],
    },
  ],
};
