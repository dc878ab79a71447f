/** Files whose beginning is shown as text. */
import type { ServerFile } from './server-file.ts';

const NAMES =
  /(?:\.(?:txt|md|markdown|rst|adoc|log|csv|tsv|jsonl?|ya?ml|toml|ini|conf|cfg|properties|xml|html?|svg|s?css|less|[cm]?[jt]sx?|vue|py|rb|rs|go|java|kts?|swift|scala|[ch]|cc|cpp|hpp|cs|php|pl|lua|r|jl|ex|exs|erl|hs|clj|sql|sh|bash|zsh|ps1|bat|diff|patch|tex|bib|srt|vtt|ics|vcf|graphql|proto|gradle|tf)|^(?:dockerfile|makefile|license|readme|changelog))$/i;
/** A part that ends within a character is no error. */
const CUT = { stream: true };

/** As the server has found; by its name, if it came to a server that did not look. */
export function isTextFile({ name, type, size }: ServerFile): boolean {
  if (type.startsWith('text/plain')) return true;
  return type === 'application/octet-stream' && size > 0 && NAMES.test(name);
}

/** Undefined if it is no text in UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, CUT);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
