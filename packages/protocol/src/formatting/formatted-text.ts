/**
 * The small Markdown subset of messages, as data. `parse-blocks.ts` produces it; a client
 * renders it to elements, never to HTML.
 */

export type Block =
  | { readonly kind: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }
  | {
      readonly kind: 'list';
      /** Number of the first item; undefined for a list with bullets. */
      readonly start: number | undefined;
      readonly items: readonly (readonly Inline[])[];
    };

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  /** As written: `showBidiControls` makes it safe to read. */
  | { readonly kind: 'code'; readonly text: string }
  /** `text` names the host of the address, if a reader could take it for another one. */
  | { readonly kind: 'link'; readonly href: string; readonly text: string }
  /** `text` as written, with its `@`; `name` in lower case. `mentionNames` gives the usernames that it may mean. */
  | { readonly kind: 'mention'; readonly name: string; readonly text: string }
  | { readonly kind: StyleKind; readonly content: readonly Inline[] };

export type StyleKind = 'strong' | 'emphasis' | 'strike';
