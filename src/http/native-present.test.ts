import { expect, test } from 'vitest'
import { problem } from '../contract/schemas.ts'
import { FAULTS, type FaultCode, fault } from '../domain/faults.ts'
import { problemOf } from './native-present.ts'

const placeholders = (words: string) => Object.fromEntries([...words.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name ?? '', 'x']))

test.each(Object.keys(FAULTS) as FaultCode[])('%s has its native form', (code) => {
  const row = FAULTS[code]
  const shown = problemOf(fault(code, placeholders(row.words)), 'r-1')
  expect(shown).toEqual({
    type: `urn:stint:fault:${code}`,
    title: expect.stringMatching(/^[A-Z]/),
    status: row.status,
    detail: row.words.replace(/\{\w+\}/g, 'x'),
    code,
    findings: [],
    requestId: 'r-1',
  })
  expect(problem.safeParse(shown).success).toBe(true)
})

test('the findings travel with the refusal', () => {
  const finding = { rule: 'MfaRule', ruleId: 'Enablement_EndUser_Assignment', code: 'InvalidPolicy' as const, words: 'a', mend: null }
  expect(problemOf(fault('Forbidden', { needs: 'x', scope: '/' }, [finding]), '').findings).toEqual([finding])
})
