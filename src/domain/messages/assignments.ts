// What administrators do to eligibilities and assignments, and how those end (behaviour 5.3). Rules 9 to 14.

import type { MessageKind } from './message.ts'

const MADE = ['Provisioned', 'Granted'] as const

export const ASSIGNMENT_MESSAGES: readonly MessageKind[] = [
  {
    kind: 'EligibleAssigned',
    when: { machine: 'request', actions: ['adminAssign'], level: 'Eligibility', from: ['None'], to: MADE },
    caller: 'Admin',
    critical: false,
    tells: {
      Requestor: (t) => `You were made eligible for ${t.what}${t.through}${t.by}, ${t.span}.${t.why}${t.ticket}`,
      Admin: (t) => `${t.who} was made eligible for ${t.what}${t.by}, ${t.span}.${t.why}${t.ticket}`,
    },
  },
  {
    kind: 'ActiveAssigned',
    when: { machine: 'request', actions: ['adminAssign'], level: 'Assignment', from: ['None'], to: MADE },
    caller: 'Admin',
    critical: false,
    tells: {
      Requestor: (t) => `You were assigned ${t.what}${t.through}${t.by}, ${t.span}.${t.why}${t.ticket}`,
      Admin: (t) => `${t.who} was assigned ${t.what}${t.by}, ${t.span}.${t.why}${t.ticket}`,
    },
  },
  {
    kind: 'AssignedOutside',
    when: { machine: 'schedule', actions: ['assignOutside', 'elevateAccess'], sources: ['Outside'], from: ['None'], to: MADE },
    caller: 'Admin',
    critical: true,
    tells: {
      Requestor: (t) => `You were assigned ${t.what}${t.through}${t.by}, past the front door, ${t.span}.`,
      Admin: (t) => `${t.who} was assigned ${t.what}${t.by}, past the front door, ${t.span}.`,
    },
  },
  {
    kind: 'AssignmentChanged',
    when: { machine: 'request', actions: ['adminUpdate', 'adminExtend', 'adminRenew'], from: ['None'], to: MADE },
    caller: 'Admin',
    critical: false,
    others: true,
    tells: {
      Requestor: (t) => `Your assignment of ${t.what}${t.through} was changed${t.by}: it now runs ${t.span}.${t.why}${t.ticket}`,
      Admin: (t) => `The assignment of ${t.what} to ${t.who} was changed${t.by}: it now runs ${t.span}.${t.why}${t.ticket}`,
    },
  },
  {
    kind: 'AssignmentRemoved',
    when: { machine: 'request', actions: ['adminRemove'], from: ['None'], to: ['Revoked'] },
    caller: 'Admin',
    critical: false,
    tells: { Requestor: (t) => `Your assignment of ${t.what}${t.through} was ended${t.by}, and with it what rested on it.${t.why}` },
  },
  {
    kind: 'AssignmentEnded',
    when: { machine: 'schedule', sources: ['Assigned', 'Outside'], to: ['Revoked'] },
    caller: 'Admin',
    critical: false,
    tells: { Requestor: (t) => `Your assignment of ${t.what}${t.through} has ended.${t.reason}` },
  },
  {
    kind: 'AssignmentExpired',
    when: { machine: 'schedule', sources: ['Assigned', 'Outside'], to: ['Expired'] },
    caller: 'Admin',
    critical: false,
    tells: {
      Requestor: (t) => `Your assignment of ${t.what}${t.through} has expired: it ran ${t.span}.`,
      Admin: (t) => `The assignment of ${t.what} to ${t.who} has expired: it ran ${t.span}.`,
    },
  },
  {
    kind: 'ExtensionRequested',
    when: { machine: 'request', actions: ['selfExtend', 'selfRenew'], to: ['PendingAdminDecision'] },
    caller: 'Admin',
    critical: true,
    whileWaiting: true,
    tells: { Approver: (t) => `${t.who} asks to keep ${t.what}${t.asked}: decide on request ${t.requestId}.${t.why}${t.ticket}` },
  },
  {
    kind: 'ExtensionGranted',
    when: { machine: 'request', actions: ['selfExtend', 'selfRenew'], from: ['PendingAdminDecision'], to: MADE },
    caller: 'Admin',
    critical: false,
    others: true,
    tells: {
      Requestor: (t) => `Your request to keep ${t.what} was granted${t.by}: it runs ${t.span}.`,
      Admin: (t) => `The request of ${t.who} to keep ${t.what} was granted${t.by}: it runs ${t.span}.`,
    },
  },
  {
    kind: 'ExtensionDenied',
    when: { machine: 'request', actions: ['selfExtend', 'selfRenew'], from: ['PendingAdminDecision'], to: ['AdminDenied'] },
    caller: 'Admin',
    critical: false,
    others: true,
    tells: {
      Requestor: (t) => `Your request to keep ${t.what} was denied${t.by}.${t.reason}`,
      Admin: (t) => `The request of ${t.who} to keep ${t.what} was denied${t.by}.${t.reason}`,
    },
  },
  {
    kind: 'RequestCanceled',
    when: {
      machine: 'request',
      actions: ['adminAssign', 'adminUpdate', 'adminExtend', 'adminRenew', 'selfExtend', 'selfRenew'],
      to: ['Canceled', 'Failed'],
    },
    caller: 'Admin',
    critical: false,
    tells: { Requestor: (t) => `What was asked for you on ${t.what} will not happen: it was withdrawn or failed${t.by}.${t.reason}` },
  },
]
