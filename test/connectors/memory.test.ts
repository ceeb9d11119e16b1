import { memoryConnector, memoryTarget } from '../../src/connectors/memory/index.ts'
import { connectorSuite, type Peer } from './suite.ts'

function start(fence: 'transactional' | 'none'): Peer {
  const target = memoryTarget()
  const holders = new Map()
  target.entitlements.set('vault', holders)
  target.entitlements.set('forbidden', new Map())
  target.forbidden.add('forbidden')
  return {
    entitlement: { id: 'vault', name: 'vault' },
    forbidden: { id: 'forbidden', name: 'forbidden' },
    ghost: { id: 'ghost', name: 'ghost' },
    worker: async () => ({
      session: memoryConnector(target, fence).open(null, { now: () => 0, env: {} }),
      gate: {
        refuse: () => {
          target.down = true
        },
        pass: () => {
          target.down = false
        },
        loseNextReply: () => target.failures.push({ t: 'after' }),
        freeze: () => {
          let thaw = () => {}
          const until = new Promise<void>((resolve) => {
            thaw = resolve
          })
          const reached = new Promise<void>((resolve) => target.failures.push({ t: 'hang', reached: resolve, until }))
          return { reached, thaw }
        },
      },
    }),
    newAccount: async () => {
      const id = `account-${target.accounts.size}`
      target.accounts.set(id, id)
      return id
    },
    can: async (account) => holders.has(account.id),
    use: async (account) => {
      target.sessions.set(account.id, 1)
      return { alive: async () => target.sessions.has(account.id), close: async () => {} }
    },
    grantByHand: async (account) => void holders.set(account.id, { ours: false, others: ['root'] }),
    removeByHand: async (account) => void holders.delete(account.id),
    crowd: async (n) => {
      target.entitlements.set('crowd', new Map(Array.from({ length: n }, (_, i) => [`crowd-${i}`, { ours: false, others: ['root'] }])))
      return { id: 'crowd', name: 'crowd' }
    },
    close: async () => {},
  }
}

connectorSuite('memory, with a fence', async () => start('transactional'))
connectorSuite('memory, without a fence', async () => start('none'))
