/**
 * Records a voice beside the plus of a message box. A press elsewhere ends the recording, too, and so
 * does another room: then it is among the files of the message, where it can be heard and removed.
 */
import { type RefObject, useEffect, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Popover } from '../components/popover.tsx';
import { timeText } from './time-text.ts';
import classes from './voice-recorder.module.css';
import { type Recording, startRecording } from './voice-recording.ts';
import { Waveform } from './waveform.tsx';

/** Outside of the first load. */
const TEXTS = {
  recorder: 'Voice recording',
  asking: 'Waiting for the microphone',
  recording: 'Recording',
  done: 'Done',
  discard: 'Discard',
  refused: 'The browser does not allow this page to use the microphone.',
  missing: 'No microphone was found.',
} as const;

const SECONDS_MAX = 15 * 60;
/** Of the wave, 4 s. */
const LEVELS = 40;
const SILENCE: readonly number[] = Array.from({ length: LEVELS }, () => 0);

interface VoiceRecorderProps {
  readonly opener: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
  /** @param end Ends what has begun, after `onEnd` for all who call it. */
  readonly onBegin: (end: () => Promise<void>) => void;
  /** Perhaps after the recorder is gone. Undefined: it was discarded. */
  readonly onEnd: (file: File | undefined) => void;
}

export default function VoiceRecorder(props: VoiceRecorderProps) {
  const { opener, onClose, onBegin, onEnd } = props;
  const [state, setState] = useState<'asking' | 'recording' | 'refused' | 'missing'>('asking');
  const [levels, setLevels] = useState(SILENCE);
  const [seconds, setSeconds] = useState(0);
  const recording = useRef<Recording>(undefined);
  const ending = useRef<Promise<void>>(undefined);
  const finish = async (): Promise<void> => {
    ending.current ??= take(recording)?.stop().then(onEnd);
    onClose();
    await ending.current;
  };
  const begin = useRef(onBegin);
  begin.current = onBegin;
  const end = useRef(finish);
  end.current = finish;
  useEffect(() => {
    let isGone = false;
    const start = async (): Promise<void> => {
      let startMs = 0;
      const started = await startRecording((level) => {
        setSeconds((performance.now() - startMs) / 1000);
        setLevels((before) => [...before.slice(1), level]);
      });
      if (isGone) return started.cancel();
      startMs = performance.now();
      recording.current = started;
      setState('recording');
      begin.current(() => end.current());
    };
    start().catch((error: unknown) => {
      setState((error as Error).name === 'NotAllowedError' ? 'refused' : 'missing');
    });
    return () => {
      isGone = true;
      void end.current();
    };
  }, []);
  const isTooLong = seconds >= SECONDS_MAX;
  useEffect(() => {
    if (isTooLong) void end.current();
  }, [isTooLong]);
  useEffect(() => {
    if (state !== 'recording') return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [state]);
  const hasFailed = state === 'refused' || state === 'missing';
  return (
    <Popover opener={opener} onClose={() => void finish()}>
      {/* It takes the focus itself: a key that is pressed too long ends nothing. */}
      <div
        className={classes['recorder']}
        role="dialog"
        aria-label={TEXTS.recorder}
        tabIndex={-1}
        data-autofocus=""
      >
        <p role={hasFailed ? 'alert' : 'status'} className={classes['state']} data-state={state}>
          {TEXTS[state]}
        </p>
        {!hasFailed && (
          <div className={classes['sound']}>
            <Waveform className={classes['wave']} peaks={levels} share={1} />
            <span className={classes['time']} role="timer">
              {timeText(Math.floor(seconds))}
            </span>
          </div>
        )}
        <div className={classes['buttons']}>
          <Button
            kind="quiet"
            onClick={() => {
              take(recording)?.cancel();
              onEnd(undefined);
              onClose();
            }}
          >
            {TEXTS.discard}
          </Button>
          {!hasFailed && (
            <Button kind="primary" disabled={state === 'asking'} onClick={() => void finish()}>
              {TEXTS.done}
            </Button>
          )}
        </div>
      </div>
    </Popover>
  );
}

/** For what ends it first: a button, a press elsewhere, or the longest time. */
function take(recording: RefObject<Recording | undefined>): Recording | undefined {
  const taken = recording.current;
  recording.current = undefined;
  return taken;
}
