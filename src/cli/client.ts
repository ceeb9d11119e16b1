// A client for the command's server, and what its refusals mean for the command line.

import { ApiProblem, type Client, createClient, Unreachable } from '../contract/client.ts'
import { EXIT, Stop } from './exit.ts'
import { session } from './session.ts'
import { steppingUp } from './step-up.ts'

/** Connects by STINT_URL and the saved token. */
async function connect(): Promise<Client> {
  const { url, token, as } = await session()
  const plain = async () => createClient({ baseUrl: url, token: (await session()).token, fetch })
  return steppingUp({ url, as, client: createClient({ baseUrl: url, token, fetch }), again: plain })
}

/** Runs what talks to the server; its refusals end the command with their code and in words. */
export async function talking<T>(work: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await work(await connect())
  } catch (error) {
    if (error instanceof Unreachable) throw new Stop(EXIT.unreachable, error.message)
    if (error instanceof ApiProblem) throw refusalOf(error)
    throw error
  }
}

function refusalOf({ problem }: ApiProblem): Stop {
  if (problem.status === 401) return new Stop(EXIT.unauthenticated, problem.detail)
  if (problem.status >= 500) return new Stop(EXIT.broken, `${problem.detail} (request ${problem.requestId})`)
  const findings = problem.findings.map((f) => `\n  ${f.rule}: ${f.words}${f.mend ? ` — ${f.mend}` : ''}`)
  return new Stop(EXIT.refused, `${problem.detail}${findings.join('')}`, problem)
}
