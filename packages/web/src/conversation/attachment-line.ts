/** Formats one attachment as a line of text, with a link if its address is safe to follow. Pure. */
import { type Attachment, showBidiControls } from '@parley/client';

interface AttachmentLine {
  /** Empty if the attachment contains no text to show. */
  readonly label: string;
  readonly href: string | undefined;
}

/** Fields in which applications put the name or address of a file; the first match is used. */
const NAME_FIELDS = ['name', 'filename', 'fileName', 'title'];
const ADDRESS_FIELDS = ['url', 'href', 'src', 'link', 'path'];

/** @param origin Origin of the page, such as `https://chat.example`. */
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

/**
 * Shortens `data:image/png;…` to its type, and shows characters that change text direction: with one of them `\u202Egnp.exe` would
 * read `exe.png`.
 */
function toLabel(written: string): string {
  const text = written.trim();
  const [kind = text] = /^data:image\/[\w-]+(?=[;,])/i.exec(text) ?? [];
  return showBidiControls(kind);
}

/**
 * Undefined if the address is neither HTTP(S) nor a path on this origin: it could open
 * another program.
 */
function toLink(address: string, origin: string): string | undefined {
  const isPath = address.startsWith('/');
  const isOnTheWeb = /^https?:\/\//i.test(address);
  if ((!isPath && !isOnTheWeb) || !URL.canParse(address, origin)) return undefined;
  const url = new URL(address, origin);
  // `//host` and `/\host` look like paths but are addresses of other hosts.
  return isPath && url.origin !== origin ? undefined : url.href;
}
