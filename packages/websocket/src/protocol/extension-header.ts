/**
 * Reads and writes `Sec-WebSocket-Extensions` (RFC 6455 section 9.1). Repeated and unknown
 * parameters are kept: the extension decides about the offer (RFC 7692 section 7.1).
 */
import { isToken } from './header-grammar.ts';

export interface ExtensionParameter {
  readonly name: string;
  readonly value?: string;
}

export interface ExtensionOffer {
  readonly name: string;
  readonly parameters: readonly ExtensionParameter[];
}

const SPACE = '[ \\t]*';
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';

/** A name, optionally with a value, and its delimiter: `;`, `,` or the end of the field. */
const ITEM = new RegExp(
  `${SPACE}(${TOKEN})${SPACE}(?:=${SPACE}(?:(${TOKEN})|${QUOTED})${SPACE})?([;,]|$)`,
  'y',
);

const EMPTY_ELEMENTS = /[ \t,]*/y;

/** The offers in the client's order of preference; `undefined` if the header is malformed. */
export function parseExtensionOffers(values: readonly string[]): ExtensionOffer[] | undefined {
  const fields = values.map(parseField);
  return fields.every((offers) => offers !== undefined) ? fields.flat() : undefined;
}

export function formatExtension({ name, parameters }: ExtensionOffer): string {
  const parts = parameters.map((each) =>
    each.value === undefined ? each.name : `${each.name}=${each.value}`,
  );
  return [name, ...parts].join('; ');
}

function parseField(field: string): ExtensionOffer[] | undefined {
  const offers: ExtensionOffer[] = [];
  let parameters: ExtensionParameter[] | undefined;
  let offset = 0;
  for (;;) {
    if (parameters === undefined) {
      // A list may hold empty elements (RFC 9110 section 5.6.1).
      EMPTY_ELEMENTS.lastIndex = offset;
      offset += EMPTY_ELEMENTS.exec(field)?.[0].length ?? 0;
      if (offset === field.length) return offers.length === 0 ? undefined : offers;
    }
    ITEM.lastIndex = offset;
    const [text = '', name = '', token, quoted, end] = ITEM.exec(field) ?? [];
    // A quoted value must be a token after unquoting.
    const value = token ?? quoted?.replace(/\\(.)/g, '$1');
    if (text === '' || (value !== undefined && !isToken(value))) return undefined;
    offset += text.length;

    if (parameters !== undefined) {
      parameters.push(value === undefined ? { name } : { name, value });
    } else {
      if (value !== undefined) return undefined; // An extension itself has no value.
      parameters = [];
      offers.push({ name, parameters });
    }
    if (end !== ';') parameters = undefined;
  }
}
