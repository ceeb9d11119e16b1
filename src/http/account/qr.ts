// A text as a code to scan: inline SVG, one path, no script and no style.

import { encode } from 'uqr'

const BORDER = 4

/** The picture of a text. */
export function qrCode(text: string): string {
  const { data, size } = encode(text, { ecc: 'M', border: BORDER })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return `<svg class="qr" role="img" aria-label="The address below as a code to scan" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}h-${size}z"/><path d="${path}"/></svg>`
}
