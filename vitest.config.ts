import { defineConfig } from 'vitest/config'

const project = (name: string, include: string[], more: Record<string, unknown> = {}) => ({
  test: { name, include, environment: 'node', ...more },
})

// One embedded server per run, a migrated template database, a clone per test file (test/support/database.ts).
const withDatabase = {
  globalSetup: ['test/support/global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
  pool: 'forks',
  maxWorkers: 2,
  // Projects with another number of workers run in another group.
  sequence: { groupOrder: 1 },
}

export default defineConfig({
  test: {
    projects: [
      project('unit', ['src/**/*.test.ts', 'test/properties/*.domain.test.ts']),
      project('laws', ['test/laws.test.ts']),
      project('store', ['test/{store,lessons,scenarios,wire,properties,operations,rules,connectors,cli,attacks}/**/*.test.ts'], {
        ...withDatabase,
        exclude: ['test/properties/*.domain.test.ts'],
      }),
      project('targets', ['test/targets/**/*.test.ts'], { ...withDatabase, testTimeout: 120_000 }),
      project('clients', ['test/clients/**/*.test.ts'], { ...withDatabase, testTimeout: 120_000 }),
      project('soak', ['test/soak/**/*.test.ts'], { ...withDatabase, testTimeout: 3_600_000 }),
    ],
  },
})
