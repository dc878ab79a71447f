/** Sound or a film of a message, with the controls of the browser. */
import {
  type CSSProperties,
  type PointerEvent,
  type SyntheticEvent,
  useRef,
  useState,
} from 'react';
import { FileCard } from './file-card.tsx';
import classes from './media-file.module.css';
import { fileAddress, type ServerFile } from './server-file.ts';
import { type SoundWave, useSoundWave, WAVE_BYTES_MAX } from './sound-wave.ts';
import { timeText } from './time-text.ts';
import { useLoadFailure } from './use-load-failure.ts';
import { Waveform } from './waveform.tsx';

interface MediaFileProps {
  readonly file: ServerFile;
  readonly isActive: boolean;
}

/** Longest sides of a film in a message, as of a picture. */
const WIDTH_MAX = 360;
const HEIGHT_MAX = 300;

type Player = HTMLAudioElement | HTMLVideoElement;

export function MediaFile({ file, isActive }: MediaFileProps) {
  const [isBroken, fail] = useLoadFailure();
  // The browser may know the type, and not what it contains.
  if (isBroken) return <FileCard file={file} isActive={isActive} />;
  const shared = {
    src: fileAddress(file.fileId),
    controls: true,
    preload: 'metadata',
    'aria-label': file.name,
    onPlay: pauseOthers,
    // A finger on its slider neither swipes the message nor presses it long.
    onPointerDown: (event: PointerEvent) => event.stopPropagation(),
    onError: fail,
  } as const;
  if (!file.type.startsWith('audio/')) {
    return (
      <div className={classes['media']}>
        <video {...shared} className={classes['film']} style={spaceOf(file)} playsInline />
        <FileCard file={file} isActive={isActive} isLine note={lengthOf(file)} />
      </div>
    );
  }
  if (file.size > WAVE_BYTES_MAX) {
    return (
      <div className={classes['media']}>
        <audio {...shared} className={classes['sound']} />
        <FileCard file={file} isActive={isActive} isLine note={lengthOf(file)} />
      </div>
    );
  }
  return <ShortSound file={file} isActive={isActive} shared={shared} />;
}

interface ShortSoundProps extends MediaFileProps {
  readonly shared: object;
}

/** Small enough to be decoded as a whole, for its wave. */
function ShortSound({ file, isActive, shared }: ShortSoundProps) {
  const player = useRef<HTMLAudioElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const [share, setShare] = useState(0);
  const wave = useSoundWave(place, file.fileId);
  const seek = (to: number): void => {
    const element = player.current;
    if (element !== null && wave !== undefined) element.currentTime = to * wave.seconds;
  };
  return (
    <div ref={place} className={classes['media']}>
      <Waveform className={classes['wave']} peaks={wave?.peaks ?? []} share={share} onSeek={seek} />
      <audio
        {...shared}
        ref={player}
        className={classes['sound']}
        onLoadedMetadata={findDuration}
        onTimeUpdate={({ currentTarget }) => setShare(playedShare(currentTarget, wave))}
      />
      <FileCard file={file} isActive={isActive} isLine note={lengthOf(file, wave)} />
    </div>
  );
}

/** Known before it is loaded: nothing moves then. */
function spaceOf({ width, height }: ServerFile): CSSProperties | undefined {
  if (width === undefined || height === undefined) return undefined;
  const scale = Math.min(WIDTH_MAX / width, HEIGHT_MAX / height);
  return { width: Math.max(1, Math.round(width * scale)), aspectRatio: `${width} / ${height}` };
}

/** As the server has found it in the file, or as long as it is when it is played. */
function lengthOf({ duration }: ServerFile, wave?: SoundWave): string | undefined {
  const seconds = duration ?? wave?.seconds;
  return seconds === undefined ? undefined : timeText(seconds);
}

function playedShare({ currentTime, duration }: Player, wave: SoundWave | undefined): number {
  const whole = wave?.seconds ?? duration;
  return Number.isFinite(whole) && whole > 0 ? Math.min(1, currentTime / whole) : 0;
}

/** Recordings do not say how long they are: the browser knows it once it was at their end. */
function findDuration({ currentTarget: player }: SyntheticEvent<HTMLAudioElement>): void {
  if (Number.isFinite(player.duration)) return;
  player.addEventListener('seeked', () => (player.currentTime = 0), { once: true });
  player.currentTime = Number.MAX_SAFE_INTEGER;
}

/** Like everywhere else, one plays at a time. */
function pauseOthers({ currentTarget }: SyntheticEvent<Player>): void {
  for (const other of document.querySelectorAll<Player>('audio, video')) {
    if (other !== currentTarget) other.pause();
  }
}
