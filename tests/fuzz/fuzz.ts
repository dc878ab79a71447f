/**
 * Fuzzes a running server in all dialects and over HTTP. Each burst is drawn from the
 * seed and its own number, so that it can be repeated alone; after each burst the server
 * must be alive, have logged no failure, and answer an honest client in time.
 */
import { SeededRandom } from '../../packages/websocket/test/fuzz/seeded-random.ts';
import { type Burst, Transcript } from './burst.ts';
import { FRAME_BURSTS } from './frame-bursts.ts';
import { FuzzFixture } from './fuzz-fixture.ts';
import { FuzzServer } from './fuzz-server.ts';
import { httpBurst } from './http-burst.ts';
import { SOCKETIO_BURSTS } from './socketio-bursts.ts';

const BURSTS: Readonly<Record<string, Burst>> = {
  ...FRAME_BURSTS,
  ...SOCKETIO_BURSTS,
  http: httpBurst,
};
const NAMES = Object.keys(BURSTS) as [string, ...string[]];
/** Bursts that share users and rooms. They leave, archive and delete what the next ones need. */
const BURSTS_PER_FIXTURE = 20;

interface DialectFuzzSettings {
  readonly seed: number;
  /** The number of the first burst. */
  readonly from?: number;
  /** Runs only bursts with this name. */
  readonly only?: string;
  /** Called before each burst. */
  readonly isEnough: (figures: DialectFuzzFigures) => boolean;
  readonly onDefect: (defect: Defect) => void;
}

export interface DialectFuzzFigures {
  readonly bursts: number;
  readonly inputs: number;
  readonly answers: number;
  readonly defects: number;
}

export interface Defect {
  readonly seed: number;
  /** Number of the burst. */
  readonly burst: number;
  readonly name: string;
  readonly faults: readonly string[];
  /** The inputs of the burst. */
  readonly inputs: string;
}

export async function fuzzDialects(settings: DialectFuzzSettings): Promise<DialectFuzzFigures> {
  const { seed, from = 0, only, isEnough, onDefect } = settings;
  const figures = { bursts: 0, inputs: 0, answers: 0, defects: 0 };
  let server = await FuzzServer.start();
  let fixtureCount = 0;
  const nextFixture = () => {
    fixtureCount += 1;
    return FuzzFixture.build(server.url, fixtureCount);
  };
  try {
    let fixture = await nextFixture();
    for (let burst = from; !isEnough(figures); burst += 1) {
      const random = SeededRandom.forPart(seed, burst);
      const picked = random.pick(NAMES);
      const name = only ?? picked;
      if (burst > from && burst % BURSTS_PER_FIXTURE === 0) fixture = await nextFixture();
      let account = await fixture.currentAccount();
      while (account === undefined) {
        fixture = await nextFixture();
        account = await fixture.currentAccount();
      }
      const transcript = new Transcript();
      const { url } = server;
      await BURSTS[name]?.({ url, account, known: fixture.known, random, transcript });
      const faults = [...(await server.findFaults()), ...transcript.faults];
      figures.bursts += 1;
      figures.inputs += transcript.sent;
      figures.answers += transcript.received;
      if (faults.length === 0) continue;
      figures.defects += 1;
      onDefect({ seed, burst, name, faults, inputs: transcript.show() });
      if (await server.isServing()) continue;
      await server.close();
      server = await FuzzServer.start();
      fixture = await nextFixture();
    }
    return figures;
  } finally {
    await server.close();
  }
}
