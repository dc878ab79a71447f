/**
 * Statements that are sent together, with one Sync behind the last: the server answers them
 * together, and skips those after a statement that fails. The driver's own queries send a Sync each,
 * so the server writes an answer for each, and the process wakes up for each answer.
 *
 * Named statements are prepared and described once per connection. The driver's query describes
 * them each time, copies its options with their property descriptors, and builds a dictionary of the
 * columns.
 */
import pg from 'pg';

export interface StatementResult<Row> {
  /** The first word of the command tag, such as `COMMIT`. */
  readonly command: string;
  readonly rows: Row[];
  /** Number of rows that were returned or changed. */
  readonly rowCount: number;
}

export interface StatementConfig {
  /** The same on every connection; empty for a statement that is not worth preparing. */
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

interface Column extends Field {
  readonly parse: (text: string) => unknown;
}

interface Statement extends StatementConfig {
  readonly rows: object[];
  readonly resolve: (result: StatementResult<never>) => void;
  readonly reject: (error: unknown) => void;
  columns: readonly Column[];
  /** Undefined until the statement is complete. */
  tag: string | undefined;
  /** Error of a value that cannot be parsed. */
  failure: unknown;
}

/** Properties of the driver's connections that are used here. */
interface Connection {
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { readonly name: string; readonly text: string }): void;
  bind(values: {
    readonly portal: string;
    readonly statement: string;
    readonly values: readonly unknown[];
    readonly valueMapper: (value: unknown) => unknown;
  }): void;
  describe(target: { readonly type: 'P'; readonly name: string }): void;
  execute(target: { readonly portal: string }): void;
  sync(): void;
  on(event: 'parseComplete', listener: () => void): void;
}

/** The named statements of a connection. */
class PreparedStatements {
  static readonly #of = new WeakMap<Connection, PreparedStatements>();
  /** By name; undefined until the server has described it. */
  readonly columns = new Map<string, readonly Column[] | undefined>();
  /** Statements that are being parsed, in their order. */
  #unparsed: { readonly name: string; readonly group: StatementGroup }[] = [];

  static of(connection: Connection): PreparedStatements {
    let prepared = PreparedStatements.#of.get(connection);
    if (prepared === undefined) {
      prepared = new PreparedStatements(connection);
      PreparedStatements.#of.set(connection, prepared);
    }
    return prepared;
  }

  private constructor(connection: Connection) {
    connection.on('parseComplete', () => this.#unparsed.shift());
  }

  /** Parses the statement if the connection does not have it. */
  prepare(connection: Connection, group: StatementGroup, { name, text }: StatementConfig): void {
    if (name !== '' && this.columns.has(name)) return;
    connection.parse({ name, text });
    this.#unparsed.push({ name, group });
    if (name !== '') this.columns.set(name, undefined);
  }

  /** After an error the server skips the statements of the group that it has not parsed. */
  forgetUnparsed(group: StatementGroup): void {
    const isSkipped = (each: { readonly group: StatementGroup }): boolean => each.group === group;
    for (const { name } of this.#unparsed.filter(isSkipped)) this.columns.delete(name);
    this.#unparsed = this.#unparsed.filter((each) => !isSkipped(each));
  }
}

interface StatementGroupOptions {
  readonly getTypeParser: (dataTypeId: number) => (text: string) => unknown;
  /** Called when the server has executed all statements. */
  readonly onAnswered: () => void;
  /** Called when one of them has failed, or the connection; returns what they are rejected with. */
  readonly onFailed: (error: unknown) => unknown;
}

const { prepareValue } = (pg as unknown as { utils: { prepareValue(value: unknown): unknown } })
  .utils;
/** The unnamed portal, which the next statement replaces. */
const PORTAL = '';

export class StatementGroup extends pg.Query {
  // Called by the driver, whose types omit it; it wraps the function to limit the time.
  declare callback: (error: unknown) => void;
  readonly #options: StatementGroupOptions;
  readonly #statements: Statement[] = [];
  #prepared: PreparedStatements | undefined;
  /** Index of the statement whose answer is next. */
  #next = 0;

  constructor(options: StatementGroupOptions) {
    super('');
    this.#options = options;
    this.callback = (error) => this.#settle(error ?? undefined);
  }

  get texts(): readonly string[] {
    return this.#statements.map(({ text }) => text);
  }

  add<Row extends object>(config: StatementConfig): Promise<StatementResult<Row>> {
    const { promise, resolve, reject } = Promise.withResolvers<StatementResult<Row>>();
    const { name, text, values } = config;
    this.#statements.push({
      name,
      text,
      values,
      rows: [],
      resolve,
      reject,
      columns: [],
      tag: undefined,
      failure: undefined,
    });
    return promise;
  }

  override submit = (driverConnection: object): null => {
    // The driver's types omit what its own queries use.
    const connection = driverConnection as Connection;
    const prepared = PreparedStatements.of(connection);
    this.#prepared = prepared;
    connection.stream.cork();
    try {
      for (const statement of this.#statements) this.#send(connection, prepared, statement);
    } catch (error) {
      this.callback(error);
    } finally {
      connection.sync();
      connection.stream.uncork();
    }
    return null;
  };

  #send(connection: Connection, prepared: PreparedStatements, statement: Statement): void {
    const { name, values } = statement;
    prepared.prepare(connection, this, statement);
    connection.bind({ portal: PORTAL, statement: name, values, valueMapper: prepareValue });
    const columns = prepared.columns.get(name);
    if (columns !== undefined) statement.columns = columns;
    else if (name !== '') connection.describe({ type: 'P', name: PORTAL });
    connection.execute({ portal: PORTAL });
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    const statement = this.#statements[this.#next];
    if (statement === undefined) return;
    statement.columns = fields.map(({ name, dataTypeID }) => {
      return { name, dataTypeID, parse: this.#options.getTypeParser(dataTypeID) };
    });
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const statement = this.#statements[this.#next];
    if (statement === undefined || statement.failure !== undefined) return;
    try {
      const row: Record<string, unknown> = {};
      let index = 0;
      for (const { name, parse } of statement.columns) {
        const text = fields[index] ?? null;
        row[name] = text === null ? null : parse(text);
        index += 1;
      }
      statement.rows.push(row);
    } catch (error) {
      statement.failure = error;
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const statement = this.#statements[this.#next];
    if (statement === undefined) return;
    statement.tag = text;
    const { name, columns } = statement;
    if (name !== '') this.#prepared?.columns.set(name, columns);
    this.#next += 1;
  }

  handleError(error: unknown): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(undefined);
  }

  /** Fails all statements; the answer may still follow. */
  fail(error: unknown): void {
    for (const { reject } of this.#statements) reject(error);
  }

  /** Fails the statements that are not complete. */
  #settle(error: unknown): void {
    const { onAnswered, onFailed } = this.#options;
    if (error === undefined) onAnswered();
    else this.#prepared?.forgetUnparsed(this);
    const rejection = error === undefined ? undefined : onFailed(error);
    for (const { tag, failure, rows, resolve, reject } of this.#statements) {
      if (tag === undefined) reject(rejection);
      else if (failure !== undefined) reject(onFailed(failure));
      // The statement names its columns as its `Row` does.
      else resolve({ command: wordOf(tag), rows: rows as never[], rowCount: countOf(tag) });
    }
  }
}

function wordOf(tag: string): string {
  return /^\w*/.exec(tag)?.[0] ?? '';
}

function countOf(tag: string): number {
  return Number(/\d+$/.exec(tag)?.[0] ?? 0);
}
