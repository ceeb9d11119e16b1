// A failing log stops what begins access, never what ends it (D22): the ending is written with its event kept beside it, acted on,
// and told when the log takes events again.

import { type Db, faultOf, type Sql } from '../store/sql.ts'

const PASSING = ['40001', '40P01']

/** Runs the work; where the database refuses it, once more with `owe`, which writes what ends access and keeps its events. */
export async function withLog<T>(db: Db, work: (tx: Sql, owe: boolean) => Promise<T>): Promise<{ value: T; owed: boolean }> {
  for (let tries = 0; ; tries++) {
    try {
      return { value: await db.transaction((tx) => work(tx, false)), owed: false }
    } catch (error) {
      const code = faultOf(error)?.code
      if (code === undefined) throw error
      if (PASSING.includes(code) && tries < 3) continue
      return { value: await db.transaction((tx) => work(tx, true)), owed: true }
    }
  }
}
