/** One attachment as a line of text, with a link where its address is one to follow. Pure. */
import type { Attachment } from '@parley/client';

export interface AttachmentLine {
  /** Empty where it says nothing that could be shown. */
  readonly label: string;
  readonly href: string | undefined;
}

/** Fields by which applications name a file, or say where it is; the first that is there counts. */
const NAME_FIELDS = ['name', 'filename', 'fileName', 'title'];
const ADDRESS_FIELDS = ['url', 'href', 'src', 'link', 'path'];

/** Overrides, embeddings and isolates of direction. */
const TURNS_AROUND = /[\u202A-\u202E\u2066-\u2069]/g;

/** @param origin The page's own, such as `https://chat.example`. */
export function toAttachmentLine(attachment: Attachment, origin: string): AttachmentLine {
  if (typeof attachment === 'string') {
    return { label: toLabel(attachment), href: toLink(attachment, origin) };
  }
  const fields = new Map(Object.entries(attachment));
  const textOf = (names: readonly string[]): string | undefined =>
    names
      .map((name) => fields.get(name))
      .find((value): value is string => typeof value === 'string' && value.trim() !== '');
  const address = textOf(ADDRESS_FIELDS);
  const label = textOf(NAME_FIELDS) ?? address ?? textOf([...fields.keys()]) ?? '';
  return { label: toLabel(label), href: address && toLink(address, origin) };
}

/** What turns letters around is shown in its place: by it `\u202Egnp.exe` would read `exe.png`. */
function toLabel(written: string): string {
  return written.trim().replace(TURNS_AROUND, '\uFFFD');
}

/** Undefined for what is neither on the web nor a path of our own: it may open another program. */
function toLink(address: string, origin: string): string | undefined {
  const isPath = address.startsWith('/');
  const isOnTheWeb = /^https?:\/\//i.test(address);
  if ((!isPath && !isOnTheWeb) || !URL.canParse(address, origin)) return undefined;
  const url = new URL(address, origin);
  // `//host` and `/\host` are paths to the eye only.
  return isPath && url.origin !== origin ? undefined : url.href;
}
