/** Records the microphone as a file. */
import { recordedType } from './recorded-type.ts';
import { timeInName } from './time-in-name.ts';

export interface Recording {
  /** The file of what was recorded. */
  stop(): Promise<File>;
  cancel(): void;
}

/** Clear speech, at 4 kB per second. */
const BITS_PER_SECOND = 32_000;
const LEVEL_MS = 100;

/**
 * @param onLevel Called every 0.1 s with how loud it is, from 0 to 1.
 * @throws {DOMException} The user or the browser refuses, or there is no microphone.
 */
export async function startRecording(onLevel: (level: number) => void): Promise<Recording> {
  const mimeType = recordedType() ?? '';
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(
      Math.min(
        1,
        samples.reduce((peak, each) => Math.max(peak, Math.abs(each)), 0),
      ),
    );
  }, LEVEL_MS);
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  const ended = new Promise<void>((resolve) =>
    recorder.addEventListener('stop', () => resolve(), { once: true }),
  );
  recorder.start();
  const cancel = (): void => {
    clearInterval(timer);
    if (recorder.state !== 'inactive') recorder.stop();
    // The browser shows that it listens until then.
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
  return {
    cancel,
    stop: async () => {
      cancel();
      await ended;
      const [type = ''] = mimeType.split(';');
      const name = `Voice ${timeInName()}.${type === 'audio/mp4' ? 'm4a' : type.slice(6)}`;
      return new File(parts, name, { type });
    },
  };
}
