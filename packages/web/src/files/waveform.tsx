/** A wave of bars; its played share has another colour. A press goes there; keys use the player. */
import classes from './waveform.module.css';

interface WaveformProps {
  readonly className?: string | undefined;
  /** From 0 to 1; none leaves the space empty. */
  readonly peaks: readonly number[];
  readonly share: number;
  readonly onSeek?: (share: number) => void;
}

/** Silence is still seen. */
const LEAST = 0.04;

export function Waveform({ className, peaks, share, onSeek }: WaveformProps) {
  const path = peaks
    .map((peak, index) => {
      const half = Math.max(LEAST, Math.min(1, peak)) * 0.95;
      return `M${index + 0.5} ${(1 - half).toFixed(2)}V${(1 + half).toFixed(2)}`;
    })
    .join('');
  const bars = (name: string, until: number) => (
    <svg
      className={classes[name]}
      viewBox={`0 0 ${Math.max(1, peaks.length)} 2`}
      preserveAspectRatio="none"
      style={{ clipPath: `inset(0 ${100 * (1 - until)}% 0 0)` }}
      aria-hidden="true"
      focusable="false"
    >
      <path d={path} />
    </svg>
  );
  return (
    <div
      className={[classes['wave'], className].join(' ')}
      data-seeks={onSeek !== undefined}
      aria-hidden="true"
      onPointerDown={({ clientX, currentTarget }) => {
        const { left, width } = currentTarget.getBoundingClientRect();
        onSeek?.((clientX - left) / width);
      }}
    >
      {bars('all', 1)}
      {bars('played', share)}
    </div>
  );
}
