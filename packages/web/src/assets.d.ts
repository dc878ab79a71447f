/**
 * Types of imports that are not code: a CSS module exports its class names, a plain
 * stylesheet exports nothing.
 */
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}

declare module '*.css' {}

declare module 'pdfjs-dist/legacy/build/pdf.worker.mjs' {}

declare module 'virtual:emoji-table' {
  type Row = readonly [
    emoji: string,
    name: string,
    group: number,
    codes: string,
    tags: string,
    tones: readonly string[],
  ];
  const table: readonly Row[];
  export default table;
}

interface ImportMeta {
  /** Set by the build. */
  readonly env: { readonly PROD: boolean };
}
