/** Two nodes of a cluster in one process: they share a store, a clock and a bus with faults. */
import { MemoryNetwork } from '../../src/bus/memory/network.ts';
import { openMemoryTokenLeases } from '../../src/bus/memory/token-leases.ts';
import type { DomainSettings } from '../../src/domain/settings.ts';
import type { AccessTokens } from '../../src/ports/access-tokens.ts';
import type { Bus } from '../../src/ports/bus.ts';
import type { LinkFetcher } from '../../src/ports/link-fetcher.ts';
import type { Store } from '../../src/ports/store.ts';
import type { TokenLeases } from '../../src/ports/token-leases.ts';
import { ChatHarness } from './chat-harness.ts';
import { FakeClock } from './fake-clock.ts';
import { SkewedClock } from './skewed-clock.ts';
import { openSqliteInMemory } from './sqlite-in-memory.ts';

interface TwoNodesOptions {
  settings?: Partial<DomainSettings>;
  store?: Store;
  random?: () => number;
  /** How far the clock of the other node is ahead. */
  otherAheadMs?: number;
  /** Stands between the nodes and the bus. */
  wrapBus?: (bus: Bus) => Bus;
  accessTokens?: AccessTokens;
  linkFetcher?: LinkFetcher;
}

export class TwoNodes {
  readonly clock = new FakeClock();
  readonly store: Store;
  readonly network: MemoryNetwork;
  readonly tokenLeases: TokenLeases;
  readonly one: ChatHarness;
  readonly other: ChatHarness;
  readonly #settings: Partial<DomainSettings>;
  readonly #shared: Pick<TwoNodesOptions, 'accessTokens' | 'linkFetcher'>;
  readonly #wrapBus: (bus: Bus) => Bus;

  static async start(over: TwoNodesOptions = {}): Promise<TwoNodes> {
    const nodes = new TwoNodes(over);
    await nodes.one.chat.begin();
    await nodes.other.chat.begin();
    return nodes;
  }

  private constructor(over: TwoNodesOptions) {
    this.#settings = over.settings ?? {};
    const { accessTokens, linkFetcher } = over;
    this.#shared = {
      ...(accessTokens !== undefined && { accessTokens }),
      ...(linkFetcher !== undefined && { linkFetcher }),
    };
    this.#wrapBus = over.wrapBus ?? ((bus) => bus);
    this.store = over.store ?? openSqliteInMemory();
    const { clock } = this;
    this.tokenLeases = openMemoryTokenLeases(clock);
    this.network = new MemoryNetwork(
      over.random === undefined ? { clock } : { clock, random: over.random },
    );
    this.one = this.newNode('one');
    this.other = this.newNode('other', new SkewedClock(clock, over.otherAheadMs ?? 0));
  }

  /** A further node, which has not begun. */
  newNode(nodeId: string, clock = this.clock): ChatHarness {
    const { store, tokenLeases } = this;
    const bus = this.#wrapBus(this.network.connect(nodeId));
    const settings = this.#settings;
    return new ChatHarness({ clock, store, bus, tokenLeases, settings, ...this.#shared });
  }

  /** Connects alice to one node and bob to the other, both with the lobby open. */
  async inLobby() {
    const [alice, bob] = [await this.one.connect('alice'), await this.other.connect('bob')];
    const { room } = await alice.join('lobby');
    await bob.join('lobby');
    await this.settle();
    return { alice, bob, roomId: room.id };
  }

  /** Waits until everything is done that needs only turns of the event loop. */
  async settle(): Promise<void> {
    await this.one.settle();
    await this.other.settle();
  }

  /** Advances the time in steps, so that work between timers is done at its time. */
  async advance(ms: number, stepMs = 500): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
      this.clock.advance(Math.min(stepMs, leftMs));
      await this.settle();
    }
  }

  /** Lets time pass until the work is done, as it does on the network between the nodes. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const noteDone = (): void => {
      isDone = true;
    };
    work.then(noteDone, noteDone);
    for (let steps = 0; steps < 500 && !isDone; steps += 1) await this.advance(10, 10);
    if (!isDone) throw new Error('The work was not done within 5 s');
    return work;
  }

  async close(): Promise<void> {
    for (const { chat } of [this.one, this.other]) await chat.close();
  }
}
