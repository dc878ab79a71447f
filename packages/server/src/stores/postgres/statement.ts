/**
 * One execution of a prepared statement. The driver's own query copies its options with their
 * property descriptors, and builds a dictionary of the columns each time, which took a twentieth of
 * a node's CPU time; the columns of a statement stay the same.
 */
import pg from 'pg';

export interface StatementResult<Row> {
  readonly rows: Row[];
  /** Number of rows that were returned or changed. */
  readonly rowCount: number;
}

export interface StatementConfig {
  /** The same on every connection. */
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

type Result = { readonly rowCount: number | null };

/** By the text of the statement. All texts are constants. */
const columnsOf = new Map<string, readonly Column[]>();

export class Statement<Row extends object> extends pg.Query {
  // Properties and methods that the client uses, which the types of the driver omit.
  declare name: string;
  declare readonly text: string;
  declare callback: (error: Error | null, result?: Result) => void;
  readonly answered: Promise<StatementResult<Row>>;
  readonly #rows: Row[] = [];
  readonly #toParser: (dataTypeId: number) => Column['parse'];
  #columns: readonly Column[] = [];
  #failure: unknown;

  constructor(
    { name, text, values }: StatementConfig,
    toParser: (dataTypeId: number) => Column['parse'],
  ) {
    super(text, values);
    this.name = name;
    this.#toParser = toParser;
    const { promise, resolve, reject } = Promise.withResolvers<StatementResult<Row>>();
    this.answered = promise;
    this.callback = (error, result) => {
      const failure = error ?? this.#failure;
      if (failure) reject(failure);
      else resolve({ rows: this.#rows, rowCount: result?.rowCount ?? 0 });
    };
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    const known = columnsOf.get(this.text);
    if (known !== undefined && isSame(known, fields)) {
      this.#columns = known;
      return;
    }
    this.#columns = fields.map(({ name, dataTypeID }) => {
      return { name, dataTypeID, parse: this.#toParser(dataTypeID) };
    });
    columnsOf.set(this.text, this.#columns);
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#failure !== undefined) return;
    try {
      const row: Record<string, unknown> = {};
      let index = 0;
      for (const { name, parse } of this.#columns) {
        const text = fields[index] ?? null;
        row[name] = text === null ? null : parse(text);
        index += 1;
      }
      // The statement names its columns as `Row` does.
      this.#rows.push(row as Row);
    } catch (error) {
      this.#failure = error;
    }
  }
}

/** A connection that was opened after a migration may return other types. */
function isSame(columns: readonly Column[], fields: readonly Field[]): boolean {
  if (columns.length !== fields.length) return false;
  return columns.every(({ name, dataTypeID }, index) => {
    return fields[index]?.name === name && fields[index].dataTypeID === dataTypeID;
  });
}
