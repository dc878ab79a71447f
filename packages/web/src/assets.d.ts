/**
 * Types of imports that are not code: a CSS module exports its class names, a plain
 * stylesheet exports nothing.
 */
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}

declare module '*.css' {}
