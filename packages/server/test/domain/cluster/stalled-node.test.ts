/** A node whose process stands still, as after SIGSTOP, while the other nodes and the bus work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bus } from '../../../src/ports/bus.ts';
import type { Timer } from '../../../src/ports/clock.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { SkewedClock } from '../../support/skewed-clock.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const LEASE_MS = 15_000;
const RENEWAL_MS = 5000;

/** While it stands still, its timers and the messages for it wait. */
class StallingProcess {
  readonly #timers: (() => void)[] = [];
  readonly #messages: (() => void)[] = [];
  #isStalled = false;

  clock(clock: FakeClock): FakeClock {
    const process = this;
    return new (class extends SkewedClock {
      override schedule(delayMs: number, run: () => void): Timer {
        return super.schedule(delayMs, () => process.#runIn(process.#timers, run));
      }
    })(clock, 0);
  }

  bus(bus: Bus): Bus {
    return {
      ...{ nodeId: bus.nodeId, isShared: true, close: () => bus.close() },
      get isUp() {
        return bus.isUp;
      },
      onReconnected: (run) => bus.onReconnected(run),
      publish: (topic, id, message) => bus.publish(topic, id, message),
      subscribe: (topic, id, handle) =>
        bus.subscribe(topic, id, (message, from) =>
          this.#runIn(this.#messages, () => handle(message, from)),
        ),
    };
  }

  stall(): void {
    this.#isStalled = true;
  }

  /** Node runs due timers before it reads from sockets. */
  resume(): void {
    this.#isStalled = false;
    for (const waiting of [this.#timers, this.#messages]) {
      for (const run of waiting.splice(0)) run();
    }
  }

  #runIn(waiting: (() => void)[], run: () => void): void {
    if (this.#isStalled) waiting.push(run);
    else run();
  }
}

test('users of other nodes stay when a node has stood still, unless they have left', async () => {
  const process = new StallingProcess();
  const nodes = await TwoNodes.start({
    wrapBus: (bus) => (bus.nodeId === 'third' ? process.bus(bus) : bus),
  });
  const third = nodes.newNode('third', process.clock(nodes.clock));
  await third.chat.begin();
  const { bob } = await nodes.inLobby();
  const carol = await third.connect('carol');
  await carol.join('lobby');
  await nodes.advance(2 * RENEWAL_MS);
  const left = () => carol.ofKind('user-left').map(({ username }) => username);
  const offline = () =>
    carol
      .ofKind('presence')
      .filter(({ member }) => member.status === 'offline')
      .map(({ member }) => member.username);

  process.stall();
  bob.leave();
  await nodes.advance(2 * LEASE_MS);
  process.resume();
  await third.settle();
  await nodes.advance(2 * RENEWAL_MS);

  assert.deepEqual([left(), offline()], [['bob'], ['bob']]);
  await third.chat.close();
  await nodes.close();
});
