// Activations: asked, decided, begun, ended (behaviour 5.3). Rules 15 to 17.

import type { MessageKind } from './message.ts'

const END_USER = { caller: 'EndUser', critical: false } as const
const ACTIVATE = { machine: 'request', actions: ['selfActivate'] } as const

export const ACTIVATION_MESSAGES: readonly MessageKind[] = [
  {
    kind: 'ActivationRequested',
    when: { ...ACTIVATE, to: ['PendingApproval'] },
    caller: 'EndUser',
    critical: true,
    whileWaiting: true,
    tells: { Approver: (t) => `${t.who} asks to activate ${t.what}${t.asked}: decide on request ${t.requestId}.${t.why}${t.ticket}` },
  },
  {
    kind: 'ActivationApproved',
    when: { ...ACTIVATE, from: ['PendingApproval'], to: ['Provisioned', 'Granted'] },
    ...END_USER,
    tells: {
      Requestor: (t) => `Your activation of ${t.what} was approved${t.by}: it runs ${t.span}.${t.decided}`,
      Approver: (t) => `The activation of ${t.what} for ${t.who} was approved${t.by}: it runs ${t.span}.${t.decided}`,
    },
  },
  {
    kind: 'ActivationDenied',
    when: { ...ACTIVATE, from: ['PendingApproval'], to: ['Denied'] },
    ...END_USER,
    tells: {
      Requestor: (t) => `Your activation of ${t.what} was denied${t.by}.${t.decided}`,
      Approver: (t) => `The activation of ${t.what} for ${t.who} was denied${t.by}.${t.decided}`,
    },
  },
  {
    kind: 'Activated',
    when: { ...ACTIVATE, to: ['Provisioned'] },
    ...END_USER,
    tells: {
      Requestor: (t) => `${t.what} is active for you ${t.span}.${t.why}${t.ticket}`,
      Admin: (t) => `${t.who} has ${t.what} active ${t.span}.${t.why}${t.ticket}`,
    },
  },
  {
    kind: 'ActivationExpired',
    when: { machine: 'schedule', sources: ['Activated'], to: ['Expired'] },
    ...END_USER,
    tells: { Requestor: (t) => `Your activation of ${t.what} has expired: it ran ${t.span}.` },
  },
  {
    kind: 'ActivationEnded',
    when: { machine: 'schedule', sources: ['Activated'], to: ['Revoked'] },
    ...END_USER,
    tells: { Requestor: (t) => `Your activation of ${t.what} has ended.${t.reason}` },
  },
  {
    kind: 'Deactivated',
    when: { machine: 'request', actions: ['selfDeactivate'], to: ['Revoked'] },
    ...END_USER,
    tells: { Requestor: (t) => `Your activation of ${t.what} was ended${t.by}.${t.why}` },
  },
  {
    kind: 'RequestTimedOut',
    when: { ...ACTIVATE, to: ['TimedOut'] },
    ...END_USER,
    tells: {
      Requestor: (t) => `Nobody decided on your activation of ${t.what} in time: ask anew if you still need it.`,
      Approver: (t) => `Nobody decided on the activation of ${t.what} for ${t.who} in time: there is nothing left to decide.`,
    },
  },
  {
    kind: 'RequestCanceled',
    when: { ...ACTIVATE, to: ['Canceled'] },
    ...END_USER,
    tells: {
      Requestor: (t) => `Your activation of ${t.what} was withdrawn${t.by}.`,
      Approver: (t) => `The activation of ${t.what} for ${t.who} was withdrawn${t.by}: there is nothing left to decide.`,
    },
  },
  {
    kind: 'RequestFailed',
    when: { ...ACTIVATE, to: ['Failed'] },
    ...END_USER,
    tells: { Requestor: (t) => `Your activation of ${t.what} failed.${t.reason}` },
  },
]
