/**
 * The small Markdown subset of messages, as data. `parse-blocks.ts` produces it; a client
 * renders it to elements, never to HTML.
 */

export type Block =
  | { readonly kind: 'paragraph'; readonly content: readonly Inline[] }
  /** From 1 to 6. */
  | { readonly kind: 'heading'; readonly level: number; readonly content: readonly Inline[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }
  | {
      readonly kind: 'list';
      /** Number of the first item; undefined for a list with bullets. */
      readonly start: number | undefined;
      readonly items: readonly ListItem[];
    }
  | {
      readonly kind: 'table';
      /** Of each column; undefined as the text is written. */
      readonly align: readonly ('left' | 'center' | 'right' | undefined)[];
      readonly header: TableRow;
      /** A row may have fewer cells than the header, but never more. */
      readonly rows: readonly TableRow[];
    };

export interface ListItem {
  readonly content: readonly Inline[];
  /** Only of a task: whether it is done. */
  readonly checked?: boolean;
  /** Lists within the item. */
  readonly blocks: readonly Block[];
}

/** The content of each cell. */
export type TableRow = readonly (readonly Inline[])[];

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  /** As written: `showBidiControls` makes it safe to read. */
  | { readonly kind: 'code'; readonly text: string }
  /** `text` names the host of the address, if a reader could take it for another one. */
  | {
      readonly kind: 'link';
      readonly href: string;
      readonly text: string;
      /** Written in `<…>`: without a preview. */
      readonly isQuiet?: true;
    }
  /** `text` as written, with its `@`; `name` in lower case. `mentionNames` gives the usernames that it may mean. */
  | { readonly kind: 'mention'; readonly name: string; readonly text: string }
  /** `#name`, which is a link if the reader sees such a room; `name` as `roomKey` writes it. */
  | { readonly kind: 'room'; readonly name: string; readonly text: string }
  /** `:name:`, which is a picture if the server has a custom emoji of this name. */
  | { readonly kind: 'emoji'; readonly name: string; readonly text: string }
  | { readonly kind: StyleKind; readonly content: readonly Inline[] };

export type StyleKind = 'strong' | 'emphasis' | 'strike' | 'spoiler';
