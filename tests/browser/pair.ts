/** Alice and bob, each with a browser and an account on their own server. */
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { type ContextOptions, openProfile, type Profile } from '../support/browser.ts';
import { findFreePort, ParleyProcess } from '../support/parley-process.ts';
import { type Hands, MOUSE, Person } from './person.ts';

export class Pair {
  readonly alice: Person;
  readonly bob: Person;
  readonly url: string;
  readonly #settings: { readonly PORT: string; readonly DATA_DIR: string };
  readonly #profiles: readonly Profile[];
  #server: ParleyProcess;

  static async open(hands: Hands = MOUSE, options: ContextOptions = {}): Promise<Pair> {
    const settings = { PORT: await findFreePort(), DATA_DIR: temporaryDirectory() };
    const [server, ...profiles] = await Promise.all([
      ParleyProcess.start(settings),
      openProfile(options),
      openProfile(options),
    ]);
    const pair = new Pair({ settings, server, profiles, hands });
    await Promise.all([pair.alice.register(pair.url), pair.bob.register(pair.url)]);
    return pair;
  }

  /** As `open`; both have joined the room. */
  static async openIn(room: string): Promise<Pair> {
    const pair = await Pair.open();
    for (const person of [pair.alice, pair.bob]) await person.join(room);
    return pair;
  }

  private constructor({ settings, server, profiles, hands }: PairParts) {
    const [ofAlice, ofBob] = profiles;
    this.alice = new Person(ofAlice.page, 'alice', hands);
    this.bob = new Person(ofBob.page, 'bob', hands);
    this.url = server.url;
    this.#settings = settings;
    this.#profiles = profiles;
    this.#server = server;
  }

  /** Kills the server, like a power failure. */
  killServer(): Promise<void> {
    return this.#server.kill();
  }

  /** Restarts it with the same address and data. */
  async restartServer(): Promise<void> {
    this.#server = await ParleyProcess.start(this.#settings);
  }

  async close(): Promise<void> {
    await Promise.all(this.#profiles.map((profile) => profile.close()));
    await this.#server.stop();
  }
}

interface PairParts {
  readonly settings: { readonly PORT: string; readonly DATA_DIR: string };
  readonly server: ParleyProcess;
  readonly profiles: readonly [Profile, Profile];
  readonly hands: Hands;
}
