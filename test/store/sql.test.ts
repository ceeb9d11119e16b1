// What the layer over pg promises, on the real server.

import { describe, expect, it } from 'vitest'
import { faultOf, ts } from '../../src/store/sql.ts'
import { freshDb } from '../support/database.ts'

const { db } = await freshDb()
await db.query('create table item (id integer constraint item_id_is_unique primary key, at timestamptz)')

describe('values', () => {
  it('reads instants as milliseconds, cut, whatever offset the server writes', async () => {
    const at = Date.UTC(2026, 10, 21, 22, 49, 13, 123)
    const [row] = await db.query(
      `select $1::timestamptz as at, $1::timestamptz + interval '0.9 ms' as cut, array[$1::timestamptz, 'infinity'] as several`,
      [ts(at)],
    )
    expect(row).toEqual({ at, cut: at, several: [at, null] })
    const zoned = await db.transaction(async (tx) => {
      await tx.query(`set local timezone = 'Asia/Kathmandu'`)
      return tx.query('select $1::timestamptz as at', [ts(at)])
    })
    expect(zoned).toEqual([{ at }])
  })

  it('reads infinity as no end, and writes null for it', async () => {
    expect(await db.query(`select 'infinity'::timestamptz as never, $1::timestamptz as nothing`, [ts(null)])).toEqual([
      { never: null, nothing: null },
    ])
  })

  it.each(['-infinity', '0044-03-15 12:00:00 BC'])('refuses a timestamp that is no instant: %s', async (text) => {
    await expect(db.query('select $1::timestamptz as at', [text])).rejects.toThrow('cannot read the timestamp')
  })

  it('reads bigint as a number, and throws where it would round', async () => {
    expect(await db.query(`select 9007199254740991::int8 as n, array[1::int8, null] as several`)).toEqual([
      { n: 9007199254740991, several: [1, null] },
    ])
    await expect(db.query('select 9007199254740993::int8 as n')).rejects.toThrow('does not fit')
    expect(await db.query('select 1 as n')).toEqual([{ n: 1 }])
  })

  it('keeps numeric, date and interval as text, and jsonb as the value', async () => {
    const [row] = await db.query(
      `select 0.1::numeric as n, date '2026-02-03' as d, interval '1 day' as i, $1::jsonb as j, array[1.5::numeric] as ns, $2::text[] as t`,
      [{ a: [1, null] }, ['x', null]],
    )
    expect(row).toEqual({ n: '0.1', d: '2026-02-03', i: '1 day', j: { a: [1, null] }, ns: ['1.5'], t: ['x', null] })
  })

  it('refuses a parameter that nobody filled in', async () => {
    await expect(db.query('select $1::timestamptz', [undefined])).rejects.toThrow('parameter $1 is undefined')
    await expect(db.query('select $1::text[]', [['a', undefined]])).rejects.toThrow('parameter $1 has an undefined item')
  })
})

describe('faults', () => {
  it('names the code and the constraint of a refusal, and nothing for other errors', async () => {
    const error = await db.query('insert into item (id) values (1), (1)').catch((e: unknown) => e)
    expect(faultOf(error)).toEqual({ code: '23505', constraint: 'item_id_is_unique' })
    expect(faultOf(await db.query('select nonsense').catch((e: unknown) => e))).toEqual({ code: '42703', constraint: null })
    expect(faultOf(new Error('x'))).toBeNull()
  })
})

describe('transactions', () => {
  const count = async () => (await db.query<{ n: number }>('select count(*) as n from item'))[0]?.n

  it('commits what was done and gives back the answer', async () => {
    const answer = await db.transaction(async (tx) => {
      await tx.query('insert into item (id) values (10)')
      return 'done'
    })
    expect(answer).toBe('done')
    expect(await db.query('select id from item where id = 10')).toHaveLength(1)
  })

  it('takes everything back when the work throws', async () => {
    const before = await count()
    const work = db.transaction(async (tx) => {
      await tx.query('insert into item (id) values (11)')
      throw new Error('changed my mind')
    })
    await expect(work).rejects.toThrow('changed my mind')
    expect(await count()).toBe(before)
  })

  it('does not acknowledge when a failed statement was swallowed or not awaited', async () => {
    const before = await count()
    const work = db.transaction(async (tx) => {
      await tx.query('insert into item (id) values (12)')
      await tx.query('select 1/0').catch(() => {})
    })
    await expect(work).rejects.toThrow('division by zero')
    const unawaited = db.transaction(async (tx) => {
      tx.query('insert into item (id) values (12)')
      tx.query('insert into item (id) values (12)')
    })
    const error = await unawaited.catch((e: unknown) => e)
    expect(faultOf(error)).toEqual({ code: '23505', constraint: 'item_id_is_unique' })
    expect(await count()).toBe(before)
  })

  it('refuses a statement that comes after the commit', async () => {
    let late: (() => Promise<unknown>) | undefined
    await db.transaction(async (tx) => {
      late = () => tx.query('insert into item (id) values (13)')
    })
    await expect(late?.()).rejects.toThrow('this transaction has ended')
  })

  it('hands on clean connections only', async () => {
    await db.session((session) => session.query('begin'))
    await db.session(async (session) => {
      expect(await session.query('select pg_current_xact_id_if_assigned() as x, now() = statement_timestamp() as alone')).toEqual([
        { x: null, alone: true },
      ])
    })
  })
})

describe('sessions', () => {
  it('sends statements that do not await each other at once', async () => {
    await db.session(async (session) => {
      // Each waits 50 ms at the server; the second reads what the first sent before anything came back.
      const sent = performance.now()
      const all = [1, 2, 3].map((n) =>
        session.query<{ n: number; at: number }>(
          'select $1::int as n, extract(epoch from clock_timestamp())::float8 as at',
          [n],
          'one of three',
        ),
      )
      const written = performance.now() - sent
      const rows = (await Promise.all(all)).flat()
      expect(rows.map((row) => row.n)).toEqual([1, 2, 3])
      expect(written).toBeLessThan(20)
    })
  })

  it('has begin, lock and facts at the server before the first answer is back', async () => {
    const order: string[] = []
    await db.session((session) =>
      session.transaction(async (tx) => {
        const lock = tx.query('select pg_advisory_xact_lock(42)').then(() => order.push('lock'))
        const facts = tx.query('select id from item').then(() => order.push('facts'))
        order.push('sent')
        await Promise.all([lock, facts])
      }),
    )
    expect(order).toEqual(['sent', 'lock', 'facts'])
  })

  it('fails what follows a failure, and takes a new connection when one broke', async () => {
    const broken = db.session(async (session) => {
      const [me] = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
      await Promise.all([session.query('select pg_sleep(5)'), db.query('select pg_terminate_backend($1)', [me?.pid])])
    })
    await expect(broken).rejects.toThrow()
    await expect(db.session((session) => session.query('select 1 as n'))).resolves.toEqual([{ n: 1 }])
  })

  it('prepares a named statement again when its first preparation failed', async () => {
    await db.session(async (session) => {
      const ask = () => session.query('select n from later', [], 'from later')
      await expect(ask()).rejects.toThrow('does not exist')
      await db.query('create table later (n integer)')
      await expect(ask()).resolves.toEqual([])
    })
  })
})

describe('listen', () => {
  it('hears, reconnects by itself, and calls once for what it may have missed', async () => {
    const heard: string[] = []
    const stop = await db.listen('work due', (payload) => heard.push(payload))
    await db.query(`select pg_notify('work due', 'first')`)
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['first'])
    await db.query(`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()`)
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['first', ''])
    await db.query(`select pg_notify('work due', 'second')`)
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['first', '', 'second'])
    await stop()
    await db.query(`select pg_notify('work due', 'third')`)
    expect(heard).toEqual(['first', '', 'second'])
  })
})
