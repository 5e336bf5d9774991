/** Tests of the engine need nothing; those of the service share one running server (test/setup.js). */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true, decoratorMetadata: true } },
        module: { type: 'es6' },
      },
    ],
  },
};

export default {
  testTimeout: 30_000,
  projects: [
    { ...shared, displayName: 'engine', testMatch: ['<rootDir>/test/engine/**/*.spec.ts'] },
    { ...shared, displayName: 'service', testMatch: ['<rootDir>/test/*.spec.ts'], globalSetup: '<rootDir>/test/setup.js', globalTeardown: '<rootDir>/test/teardown.js' },
  ],
};
