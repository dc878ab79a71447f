/** The thread that reads how long sound and films are, and how large, from what their containers say. */
import { parentPort } from 'node:worker_threads';
import {
  ADTS,
  FilePathSource,
  FLAC,
  Input,
  type InputFormat,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from 'mediabunny';

export interface MediaCall {
  readonly id: number;
  readonly path: string;
  /** As found in the content. */
  readonly type: string;
}

export interface MediaFacts {
  /** Pixels of a film as it is shown. */
  readonly width?: number;
  readonly height?: number;
  readonly durationMs?: number;
}

export interface MediaResult {
  readonly id: number;
  readonly facts: MediaFacts;
}

const FORMATS: Readonly<Record<string, readonly InputFormat[]>> = {
  'video/mp4': [MP4, QTFF],
  'audio/mp4': [MP4, QTFF],
  'video/quicktime': [QTFF, MP4],
  'video/webm': [WEBM, MATROSKA],
  'audio/webm': [WEBM, MATROSKA],
  'video/x-matroska': [MATROSKA, WEBM],
  'video/ogg': [OGG],
  'audio/ogg': [OGG],
  'audio/wav': [WAVE],
  'audio/flac': [FLAC],
  'audio/mpeg': [MP3],
  'audio/aac': [ADTS],
};
/** Bytes of the file that are kept in memory. */
const CACHE_BYTES = 4 * 1024 * 1024;
/** Larger values are wrong entries: neither screens nor uploads reach them. */
const SIDE_MAX = 16_384;
const DURATION_MAX_SECONDS = 7 * 24 * 60 * 60;

async function read({ path, type }: MediaCall): Promise<MediaFacts> {
  const formats = FORMATS[type];
  if (formats === undefined) return {};
  const source = new FilePathSource(path, { maxCacheSize: CACHE_BYTES });
  const input = new Input({ formats: [...formats], source });
  try {
    return { ...(await sizeOf(input)), ...(await durationOf(input)) };
  } finally {
    input.dispose();
  }
}

async function sizeOf(input: Input): Promise<MediaFacts> {
  const film = await input.getPrimaryVideoTrack();
  if (film === null) return {};
  const [width, height] = [await film.getDisplayWidth(), await film.getDisplayHeight()];
  const isShown = [width, height].every(
    (side) => Number.isInteger(side) && side >= 1 && side <= SIDE_MAX,
  );
  return isShown ? { width, height } : {};
}

/** Recordings of browsers do not say it: then it is where their last packet ends. */
async function durationOf(input: Input): Promise<MediaFacts> {
  const seconds = (await input.getDurationFromMetadata()) || (await input.computeDuration());
  const isKnown = seconds > 0 && seconds <= DURATION_MAX_SECONDS;
  return isKnown ? { durationMs: Math.max(1, Math.round(seconds * 1000)) } : {};
}

parentPort?.on('message', async (call: MediaCall) => {
  const facts = await read(call).catch(() => ({}));
  parentPort?.postMessage({ id: call.id, facts } satisfies MediaResult);
});
