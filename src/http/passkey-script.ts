// The one script of our pages: hands a ceremony's options to the browser's passkeys, and their answer to a plain form. No inline script is
// let in by the policy, and nothing else is here.

export const PASSKEY_SCRIPT = `'use strict'
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const text = (buffer) => {
  let binary = ''
  for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte)
  return btoa(binary).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '')
}
const listed = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }))

async function ask(options) {
  const challenge = bytes(options.challenge)
  if (options.user) {
    const user = { ...options.user, id: bytes(options.user.id) }
    const publicKey = { ...options, challenge, user, excludeCredentials: listed(options.excludeCredentials) }
    const made = await navigator.credentials.create({ publicKey })
    const { clientDataJSON, attestationObject } = made.response
    const transports = made.response.getTransports ? made.response.getTransports() : []
    return { made, response: { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), transports } }
  }
  const publicKey = { ...options, challenge, allowCredentials: listed(options.allowCredentials) }
  const made = await navigator.credentials.get({ publicKey })
  const { clientDataJSON, authenticatorData, signature, userHandle } = made.response
  return {
    made,
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      ...(userHandle ? { userHandle: text(userHandle) } : {}),
    },
  }
}

async function fill(form) {
  const alert = form.querySelector('[role=alert]')
  alert.hidden = true
  try {
    const { made, response } = await ask(JSON.parse(form.dataset.passkey))
    const answer = { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} }
    form.elements.response.value = JSON.stringify(answer)
    form.submit()
  } catch {
    alert.hidden = false
  }
}

if (window.PublicKeyCredential)
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      fill(form)
    })
  }
`
