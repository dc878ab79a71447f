/** Alice and bob, each with a browser and an account on their own server. */
import assert from 'node:assert/strict';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { BreakableServer } from '../support/breakable-server.ts';
import { type ContextOptions, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { findFreePort, ParleyProcess } from '../support/parley-process.ts';
import { type Hands, MOUSE, Person } from './person.ts';

export class Pair {
  readonly alice: Person;
  readonly bob: Person;
  readonly url: string;
  /** Undefined if the server is not a process. */
  readonly #settings: ProcessSettings | undefined;
  readonly #profiles: readonly Profile[];
  #server: AnyServer;

  static open(
    hands: Hands = MOUSE,
    options: ContextOptions = {},
    more: Readonly<Record<string, string>> = {},
  ): Promise<Pair> {
    return Pair.#openAt(PageServer.start(more), { hands, options });
  }

  /** The way to the server can be broken: for the page, the server is gone. */
  static async openBreakable(
    options: ContextOptions = {},
    more: Readonly<Record<string, string>> = {},
  ): Promise<Pair> {
    return Pair.#openAt(BreakableServer.start(more), { hands: MOUSE, options });
  }

  /** The server is a process of its own, as a user runs it. */
  static async openKillable(
    hands: Hands = MOUSE,
    options: ContextOptions = {},
    directory = temporaryDirectory(),
  ): Promise<Pair> {
    const settings = { PORT: await findFreePort(), DATA_DIR: directory };
    return Pair.#openAt(ParleyProcess.start(settings), { hands, options, settings });
  }

  static async #openAt(
    starting: Promise<AnyServer>,
    {
      hands,
      options,
      settings,
    }: {
      readonly hands: Hands;
      readonly options: ContextOptions;
      readonly settings?: ProcessSettings;
    },
  ): Promise<Pair> {
    const [server, ...profiles] = await Promise.all([
      starting,
      openProfile(options),
      openProfile(options),
    ]);
    const pair = new Pair({ settings, server, profiles, hands });
    await Promise.all([pair.alice, pair.bob].map((person) => person.openWithAccount(pair.url)));
    return pair;
  }

  /** As `open`; both have joined the room. */
  static async openIn(
    room: string,
    options: ContextOptions = {},
    more: Readonly<Record<string, string>> = {},
  ): Promise<Pair> {
    const pair = await Pair.open(MOUSE, options, more);
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
  async killServer(): Promise<void> {
    assert(this.#server instanceof ParleyProcess);
    await this.#server.kill();
  }

  /** Restarts it with the same address and data. */
  async restartServer(): Promise<void> {
    assert(this.#settings !== undefined);
    this.#server = await ParleyProcess.start(this.#settings);
  }

  /** Ends all connections to the server, and further ones. */
  loseServer(): void {
    this.#breakable().lose();
  }

  /** The server is there again. */
  findServer(): void {
    this.#breakable().find();
  }

  #breakable(): BreakableServer {
    assert(this.#server instanceof BreakableServer);
    return this.#server;
  }

  async close(): Promise<void> {
    await Promise.all(this.#profiles.map((profile) => profile.close()));
    await this.#server.stop();
  }
}

type AnyServer = PageServer | BreakableServer | ParleyProcess;

type ProcessSettings = { readonly PORT: string; readonly DATA_DIR: string };

interface PairParts {
  readonly settings: ProcessSettings | undefined;
  readonly server: AnyServer;
  readonly profiles: readonly [Profile, Profile];
  readonly hands: Hands;
}
