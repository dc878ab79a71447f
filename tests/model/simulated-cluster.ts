/**
 * The processes of a simulation, from one to four, and what goes wrong between them: processes are
 * killed or stopped, and lose the bus or the store, as the weather of the history says.
 */
import type { MemoryNetwork } from '../../packages/server/src/bus/memory/network.ts';
import type { Clock } from '../../packages/server/src/ports/clock.ts';
import type { Crypto } from '../../packages/server/src/ports/crypto.ts';
import type { Store } from '../../packages/server/src/ports/store.ts';
import type { Random } from '../../packages/server/test/support/seeded-random.ts';
import type { SocketHandlers } from '../checker/native/native-peer.ts';
import { NodeClock } from './node-clock.ts';
import { SimulatedNode } from './simulated-node.ts';
import { SimulatedSocket } from './simulated-socket.ts';
import type { Fate } from './simulated-store.ts';
import type { ServerModules } from './sources.ts';
import { drawSkew, HEALING, type Weather } from './weather.ts';

interface ClusterOptions {
  readonly server: ServerModules;
  readonly nodeCount: number;
  /** Whether nodes hand messages over to the owner of their room. */
  readonly doNodesCollide: boolean;
  readonly weather: Weather;
  readonly store: Store;
  readonly clock: Clock;
  readonly secrets: Crypto;
  readonly random: Random;
  readonly trace: (text: () => string) => void;
}

/** Every third node is of an earlier version, which hands nothing over. */
const EARLIER_VERSION_EVERY = 3;
/** Closed sockets of a node above which they are forgotten. */
const SOCKETS_KEPT = 40;

export class SimulatedCluster {
  readonly network: MemoryNetwork | undefined;
  readonly #options: ClusterOptions;
  /** Those that run, also while they are stopped. */
  #nodes: SimulatedNode[];
  #started = 0;
  restarts = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { server, nodeCount, clock, random } = options;
    if (nodeCount > 1) this.network = new server.MemoryNetwork({ clock, random });
    this.#nodes = Array.from({ length: nodeCount }, () => this.#start(true));
  }

  get nodes(): readonly SimulatedNode[] {
    return this.#nodes;
  }

  get sockets(): SimulatedSocket[] {
    return this.#nodes.flatMap(({ sockets }) => sockets);
  }

  /** Without those that are gone. */
  get openSockets(): SimulatedSocket[] {
    return this.#nodes.flatMap(({ openSockets }) => [...openSockets]);
  }

  /** Calls that the store has not answered. */
  get callCount(): number {
    return this.#nodes.reduce((count, { calls }) => count + calls.count, 0);
  }

  /** Sockets from which a running process can read. */
  get readable(): SimulatedSocket[] {
    return this.#nodes
      .filter(({ isPaused }) => !isPaused)
      .flatMap(({ openSockets }) => [...openSockets].filter(({ canReceive }) => canReceive));
  }

  /** Any process; undefined if none runs. */
  pick(nodes = this.#nodes): SimulatedNode | undefined {
    const { nodeCount, random } = this.#options;
    if (nodeCount === 1) return this.#nodes[0];
    return nodes[Math.floor(random() * nodes.length)];
  }

  get isDraining(): boolean {
    return this.#nodes.some(({ isDraining }) => isDraining);
  }

  /** Connects a client to any process; without one the connection fails. */
  dial(handlers: SocketHandlers, token: string): SimulatedSocket {
    const node = this.pick(this.#nodes.filter(({ isDraining }) => !isDraining));
    if (node === undefined) {
      const socket = new SimulatedSocket(handlers, () => {});
      queueMicrotask(() => socket.cut());
      return socket;
    }
    const socket = node.openSocket(handlers);
    void node.admit(socket, token).catch(() => socket.cut());
    return socket;
  }

  /** Moves one of the calls that wait for the store; undefined if none does. */
  stepStore(fate: Fate): Promise<void> | undefined {
    let index = Math.floor(this.#options.random() * this.callCount);
    for (const { name, calls, isPaused } of this.#nodes) {
      if (index < calls.count) {
        if (fate !== 'done') this.#options.trace(() => `${name}: a call to the store is ${fate}`);
        return calls.step(index, fate, { isPaused });
      }
      index -= calls.count;
    }
    return undefined;
  }

  forgetClosedSockets(): void {
    for (const node of this.#nodes) {
      if (node.sockets.length <= SOCKETS_KEPT) continue;
      node.sockets = node.sockets.filter(({ isGone }) => !isGone);
    }
  }

  /** A process is killed, and another one takes its place. */
  restart(node: SimulatedNode): void {
    if (!this.#nodes.includes(node)) return;
    this.restarts += 1;
    this.#trace(node, 'is killed and starts again');
    this.#nodes = this.#nodes.map((each) => (each === node ? this.#start(false) : each));
    node.kill();
  }

  /** Something goes wrong, or is over. */
  disturb(): void {
    const { weather, random, nodeCount } = this.#options;
    const node = this.pick();
    if (node !== undefined) {
      if (random() < weather.busCut) this.#cutBus(node);
      if (random() < weather.storeCut) this.#cutStore(node);
      if (random() < weather.pause) this.#pause(node);
      if (random() < HEALING) this.#heal(node);
      if (random() < weather.crash) this.#crash(node);
      if (random() < weather.drain) this.#drain(node);
    }
    if (this.#nodes.length < nodeCount && random() < HEALING) this.#startMissing();
  }

  /** A process that is drained closes a further connection, or is replaced when it has ended. */
  async moveDrain(): Promise<void> {
    const node = this.#nodes.find(({ isDraining, isPaused }) => isDraining && !isPaused);
    if (node === undefined || !(await node.drainOne()) || !this.#nodes.includes(node)) return;
    this.restart(node);
  }

  /** The store is another one: whatever waits for an answer gets none. */
  breakStoreConnections(): void {
    for (const { calls } of this.#nodes) calls.breakConnections();
  }

  /** All processes run, and reach the bus and the store. */
  healAll(): void {
    while (this.#nodes.length < this.#options.nodeCount) this.#startMissing();
    for (const node of this.#nodes) this.#heal(node);
  }

  #start(isDirect: boolean): SimulatedNode {
    const { server, store, clock, secrets, random, weather, trace } = this.#options;
    this.#started += 1;
    const name = `n${this.#started}`;
    const isEarlier = this.#started % EARLIER_VERSION_EVERY === 0;
    const doNodesCollide = this.#options.doNodesCollide && !isEarlier;
    const node = new SimulatedNode(
      {
        name,
        server,
        store: { ...store, log: { ...store.log, doNodesCollide } },
        network: this.network,
        secrets,
        clock: new NodeClock(clock, drawSkew(weather, random)),
        trace: (text) => trace(() => `${name}: ${text()}`),
      },
      isDirect,
    );
    // The store has failed: the process ends, and its supervisor starts another one.
    node.begun.catch(() => this.restart(node));
    return node;
  }

  #startMissing(): void {
    const node = this.#start(false);
    this.#nodes = [...this.#nodes, node];
    this.#trace(node, 'starts');
  }

  #crash(node: SimulatedNode): void {
    this.restarts += 1;
    this.#trace(node, 'is killed');
    this.#nodes = this.#nodes.filter((each) => each !== node);
    node.kill();
  }

  /** One at a time, as in a rolling upgrade. */
  #drain(node: SimulatedNode): void {
    if (this.isDraining) return;
    this.#trace(node, 'is drained');
    node.chat.router?.leave();
    node.isDraining = true;
  }

  #cutBus(node: SimulatedNode): void {
    const isSilent = this.#options.random() < 0.5;
    this.#trace(node, isSilent ? 'loses the bus silently' : 'loses the bus');
    this.network?.cut(node.bus.nodeId, { isSilent });
  }

  #cutStore(node: SimulatedNode): void {
    this.#trace(node, 'loses the store');
    node.calls.isCut = true;
  }

  #pause(node: SimulatedNode): void {
    this.#trace(node, 'is stopped');
    node.clock.pause();
  }

  #heal(node: SimulatedNode): void {
    this.#trace(node, 'runs and reaches bus and store');
    this.network?.heal(node.bus.nodeId);
    node.calls.isCut = false;
    node.clock.resume();
  }

  #trace({ name }: SimulatedNode, text: string): void {
    this.#options.trace(() => `${name} ${text}`);
  }
}
