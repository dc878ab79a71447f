/** Values that a schema of `@parley/protocol` allows, with ids that the server knows. */
import type { SeededRandom } from '../../packages/websocket/test/fuzz/seeded-random.ts';
import type { KnownIds } from './fuzz-fixture.ts';

/** The part of JSON Schema that the protocol uses. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly minimum?: number;
  readonly maximum?: number;
}

const TEXTS = [
  'hello',
  'a < b && c',
  '@bob see **this**',
  '👍',
  'ünïcode',
  'x'.repeat(300),
] as const;
const ITEMS_MAX = 3;

export class SchemaValues {
  readonly #random: SeededRandom;
  readonly #known: KnownIds;

  constructor(random: SeededRandom, known: KnownIds) {
    this.#random = random;
    this.#known = known;
  }

  make(schema: Schema, name = ''): unknown {
    if (schema.const !== undefined) return schema.const;
    const [first, ...others] = schema.anyOf ?? [];
    if (first !== undefined) return this.make(this.#random.pick([first, ...others]), name);
    switch (schema.type) {
      case 'object':
        return this.#object(schema);
      case 'array':
        return this.#list(schema.items ?? {}, name);
      case 'string':
        return this.#text(name);
      case 'integer':
      case 'number':
        return this.#number(schema);
      case 'boolean':
        return this.#random.isOneIn(2);
      default:
        return null;
    }
  }

  #object({ properties = {}, required = [], patternProperties }: Schema): object {
    const made: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(properties)) {
      const isLeftOut = !required.includes(name) && this.#random.isOneIn(2);
      if (!isLeftOut) made[name] = this.make(schema, name);
    }
    const [fields] = Object.values(patternProperties ?? {});
    if (fields !== undefined) made['name'] = this.make(fields);
    return made;
  }

  #list(items: Schema, name: string): unknown[] {
    return Array.from({ length: this.#random.below(ITEMS_MAX + 1) }, () => this.make(items, name));
  }

  #text(name: string): string {
    const known = this.#known[name];
    // Now and then an id of another kind.
    const pool = this.#random.isOneIn(12)
      ? this.#random.pick(Object.values(this.#known) as [readonly string[], ...string[][]])
      : known;
    if (pool === undefined || pool.length === 0) return this.#random.pick(TEXTS);
    return this.#random.pick(pool as [string, ...string[]]);
  }

  #number({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema): number {
    const most = Math.min(maximum, this.#random.pick([minimum + 1, minimum + 100, maximum]));
    return this.#random.pick([minimum, most, minimum + this.#random.below(50)]);
  }
}
