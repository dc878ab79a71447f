/**
 * Users who work with a server for an hour: a steady number of commands per second
 * in rooms of different activity, while connections end and reconnect, some
 * read slowly, and short-lived rooms are created and left.
 */
import { type Random, seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { Resident } from './resident.ts';

const PEOPLE = 40;
const ROOMS = 20;
const ROOMS_OF_ONE = 6;
const LOUDNESS_MIN = 0.6;
const LOUDNESS_MAX = 1.4;
const TICK_MS = 10;
/** Interval of each: a connection that ends, a reader that pauses, a short-lived room. */
const DEPARTURE_MS = 1000;
const STALL_MS = 7000;
const VISIT_MS = 5000;

interface TownRoom {
  readonly name: string;
  /** Relative activity of the room; differs so that rooms trim at different times. */
  readonly loudness: number;
}

export class MemoryLoad {
  readonly #random: Random;
  readonly #perSecond: number;
  readonly #rooms: readonly TownRoom[];
  readonly #people: readonly Resident[];

  static async open(terms: {
    readonly url: string;
    readonly seed: number;
    readonly perSecond: number;
  }): Promise<MemoryLoad> {
    const random = seededRandom(terms.seed);
    const rooms = Array.from({ length: ROOMS }, (_, index) => ({
      name: `square-${index}`,
      loudness: LOUDNESS_MIN + (LOUDNESS_MAX - LOUDNESS_MIN) * random(),
    }));
    const people: Resident[] = [];
    for (let index = 0; index < PEOPLE; index += 1) {
      const own = Array.from(
        { length: ROOMS_OF_ONE },
        (_, step) => `square-${(index + step * 3) % ROOMS}`,
      );
      people.push(await Resident.settle(terms.url, `person-${index}`, own, random));
    }
    return new MemoryLoad(random, terms.perSecond, rooms, people);
  }

  private constructor(
    random: Random,
    perSecond: number,
    rooms: readonly TownRoom[],
    people: readonly Resident[],
  ) {
    this.#random = random;
    this.#perSecond = perSecond;
    this.#rooms = rooms;
    this.#people = people;
  }

  get sent(): number {
    return this.#sum((one) => one.sent);
  }

  get acknowledged(): number {
    return this.#sum((one) => one.acknowledged);
  }

  get received(): number {
    return this.#sum((one) => one.received);
  }

  get connections(): number {
    return this.#sum((one) => one.connections);
  }

  /** Connections that the overloaded server rejected. */
  get rejections(): number {
    return this.#sum((one) => one.rejections);
  }

  /** Events that arrived without the previous one. */
  get gaps(): number {
    return this.#sum((one) => one.gaps);
  }

  /** Runs for this duration. */
  async live(durationMs: number): Promise<void> {
    const beganMs = performance.now();
    let given = 0;
    const timers = [
      setInterval(() => this.#pick().depart(), DEPARTURE_MS),
      setInterval(() => this.#pick().stall(), STALL_MS),
      setInterval(() => this.#pick().visit(), VISIT_MS),
      setInterval(() => {
        const due = ((performance.now() - beganMs) / 1000) * this.#perSecond;
        for (; given < due; given += 1) this.#act();
      }, TICK_MS),
    ];
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    for (const timer of timers) clearInterval(timer);
  }

  close(): void {
    for (const one of this.#people) one.close();
  }

  #act(): void {
    const room = this.#pickRoom();
    const there = this.#people.filter((one) => one.isIn(room.name));
    there[Math.floor(this.#random() * there.length)]?.act(room.name);
  }

  #pickRoom(): TownRoom {
    for (;;) {
      const room = this.#rooms[Math.floor(this.#random() * this.#rooms.length)];
      if (room !== undefined && this.#random() * LOUDNESS_MAX < room.loudness) return room;
    }
  }

  #pick(): Resident {
    const user = this.#people[Math.floor(this.#random() * this.#people.length)];
    if (user === undefined) throw new Error('There are no users');
    return user;
  }

  #sum(read: (one: Resident) => number): number {
    return this.#people.reduce((sum, one) => sum + read(one), 0);
  }
}
