// A QR code: black on white in both colour schemes, because cameras want it so.

import { drawingOf } from "../access/qr.ts";

export function Qr({ rows, label }: { readonly rows: readonly string[]; readonly label: string }) {
  const { size, path } = drawingOf(rows);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges" data-testid="qr">
      <rect class="qr-light" width={size} height={size} />
      <path class="qr-dark" d={path} />
    </svg>
  );
}
