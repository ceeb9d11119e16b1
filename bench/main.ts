// `npm run bench [activations|stints|lists|wire|identities]`: figures for people on standard error, JSON on standard output. No test asserts a time.

import { cpus, totalmem } from 'node:os'
import { activations } from './activations.ts'
import { identities } from './identities.ts'
import { lists } from './lists.ts'
import { stints } from './stints.ts'
import { wire } from './wire.ts'

const PARTS = { activations, stints, lists, wire, identities: () => identities() } as const
const wanted = process.argv.slice(2).filter((word): word is keyof typeof PARTS => word in PARTS)
const machine = { cores: cpus().length, model: cpus()[0]?.model ?? '', gib: Math.round(totalmem() / 2 ** 30), node: process.version }
const out: Record<string, unknown> = { machine }

console.error(`on ${machine.cores} cores, ${machine.gib} GiB, Node ${machine.node}; server, database and load share them`)
for (const name of wanted.length > 0 ? wanted : (Object.keys(PARTS) as (keyof typeof PARTS)[])) {
  const figures = await PARTS[name]()
  out[name] = figures
  console.error(`\n${name}`)
  console.table(
    figures.map((row) =>
      Object.fromEntries(
        Object.entries(row).flatMap(([k, v]) =>
          typeof v === 'object' && v !== null ? Object.entries(v).map(([n, x]) => [`${k} ${n}`, x]) : [[k, v]],
        ),
      ),
    ),
  )
}
process.stdout.write(`${JSON.stringify(out, null, 2)}\n`)
