/**
 * Packets of Socket.IO inside packets of Engine.IO, valid and invalid.
 *
 * Source: the Engine.IO protocol, version 4, and the Socket.IO protocol, version 5.
 */
import { SOCKETIO_EVENTS } from '../../packages/protocol/src/socketio/client-events.ts';
import type { SeededRandom } from '../../packages/websocket/test/fuzz/seeded-random.ts';
import type { KnownIds } from './fuzz-fixture.ts';
import { mutateText, mutateValue, writeMutated } from './mutations.ts';
import { ODD_NAMES, oddText, oddValue } from './odd-values.ts';
import { type Schema, SchemaValues } from './schema-values.ts';

const SCHEMAS = SOCKETIO_EVENTS as unknown as Readonly<Record<string, Schema>>;
const EVENTS = Object.keys(SCHEMAS) as [string, ...string[]];
/** Names that the package itself uses. */
const RESERVED = [
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
  'error',
] as const;
const NAMESPACES = ['/x,', '/,', '/admin?token=1,', '/__proto__,', '/\u0000,', '/', ','] as const;
const ODD_PACKETS = [
  '',
  '0',
  '1',
  '2',
  '2probe',
  '3',
  '3probe',
  '5',
  '6',
  '7',
  '9',
  'b',
  'bAAAA',
  'b!!',
  '4',
  '40',
  '41',
  '44"x"',
  '42',
  '42[]',
  '42[1]',
  '42[null]',
  '42[{}]',
  '42[[]]',
  '42[true]',
  '42{}',
  '42"x"',
  '42null',
  '43',
  '43[]',
  '430[]',
  '431',
  '4399999999999999999999[]',
  '45',
  '451-',
  '451-["x",{"_placeholder":true,"num":0}]',
  '450-["x"]',
  '45-1-["x"]',
  '4599999999999-["x"]',
  '461-0[{"_placeholder":true,"num":-1}]',
  '47',
  '48',
  '4x',
  '42["message:send"]',
  '42["room:join",1,2,3]',
  '420["room:list"',
  '42-1["room:list"]',
  '420.5["room:list"]',
] as const;
const PLACEHOLDERS: [unknown, ...unknown[]] = [0, 1, -1, 0.5, 1e9, '0', null, '__proto__'];

export class PacketGrammar {
  readonly #random: SeededRandom;
  readonly #values: SchemaValues;
  readonly #token: string;

  constructor(random: SeededRandom, known: KnownIds, token: string) {
    this.#random = random;
    this.#values = new SchemaValues(random, known);
    this.#token = token;
  }

  /** One packet; announced attachments follow as binary messages, or are missing. */
  next(): (string | Buffer)[] {
    const random = this.#random;
    switch (random.below(10)) {
      case 0:
        return [random.pick(ODD_PACKETS)];
      case 1:
        return [this.#connect()];
      case 2:
        return this.#binaryEvent();
      case 3:
        return [mutateText(this.#event(), random)];
      case 4:
        return [this.#oddEvent()];
      default:
        return [this.#event()];
    }
  }

  #event(): string {
    const random = this.#random;
    const name = random.pick(EVENTS);
    const payload = this.#values.make(SCHEMAS[name] ?? {});
    const namespace = random.isOneIn(12) ? random.pick(NAMESPACES) : '';
    const id = random.isOneIn(2) ? String(random.below(100)) : '';
    return `42${namespace}${id}${writeMutated([name, payload], random)}`;
  }

  #oddEvent(): string {
    const random = this.#random;
    const name = random.isOneIn(2)
      ? random.pick([...RESERVED, ...ODD_NAMES])
      : mutateValue(random.pick(EVENTS), random);
    const args = Array.from({ length: random.below(4) }, () => oddValue(random));
    return `42${JSON.stringify([name, ...args])}`;
  }

  #connect(): string {
    const random = this.#random;
    const auth = mutateValue(
      { token: this.#token, pid: oddText(random), offset: oddText(random) },
      random,
    );
    const namespace = random.isOneIn(3) ? random.pick(NAMESPACES) : '';
    return `40${namespace}${JSON.stringify(auth)}`;
  }

  #binaryEvent(): (string | Buffer)[] {
    const random = this.#random;
    const announced = random.pick([0, 1, 1, 2, 11]);
    const args = Array.from({ length: announced }, () => ({
      _placeholder: true,
      num: random.isOneIn(3) ? random.pick(PLACEHOLDERS) : 0,
    }));
    const type = random.pick(['5', '5', '6']);
    const text = `4${type}${announced}-${JSON.stringify([random.pick(EVENTS), ...args])}`;
    const following = Array.from({ length: random.below(3) }, () => random.bytes(random.below(20)));
    return [text, ...following];
  }
}
