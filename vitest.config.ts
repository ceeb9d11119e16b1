import { defineConfig } from 'vitest/config'

const project = (name: string, include: string[], more: Record<string, unknown> = {}) => ({
  test: { name, include, environment: 'node', ...more },
})

// Limits end what hangs; they judge no speed. A machine may be five times as busy as ours.
const PATIENCE = process.env.STINT_SOAK ? 3_600_000 : 120_000

// One embedded server per run, a migrated template database, a clone per test file (test/support/database.ts).
const withDatabase = {
  globalSetup: ['test/support/global-setup.ts'],
  testTimeout: PATIENCE,
  hookTimeout: PATIENCE,
  pool: 'forks',
  maxWorkers: 2,
  // Projects with another number of workers run in another group.
  sequence: { groupOrder: 1 },
}

export default defineConfig({
  test: {
    projects: [
      project('unit', ['src/**/*.test.ts', 'test/properties/*.domain.test.ts'], { testTimeout: PATIENCE }),
      project('laws', ['test/laws.test.ts']),
      project(
        'store',
        ['test/{store,lessons,scenarios,wire,properties,operations,rules,connectors,cli,attacks,authority,scim}/**/*.test.ts'],
        {
          ...withDatabase,
          exclude: ['test/properties/*.domain.test.ts'],
        },
      ),
      project('targets', ['test/targets/**/*.test.ts'], withDatabase),
      project('clients', ['test/clients/**/*.test.ts'], withDatabase),
      project('soak', ['test/soak/**/*.test.ts'], withDatabase),
    ],
  },
})
