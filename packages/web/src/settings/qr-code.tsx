/** A QR code. Loaded when it is shown. */
import { encode } from 'uqr';
import classes from './two-step-settings.module.css';

interface QrCodeProps {
  readonly text: string;
  readonly name: string;
}

/** Without it, readers do not find the code on a dark page. */
const QUIET_ZONE = 4;

export default function QrCode({ text, name }: QrCodeProps) {
  const { data, size } = encode(text, { border: QUIET_ZONE });
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return (
    <svg className={classes['qr']} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={name}>
      <path d={path} />
    </svg>
  );
}
