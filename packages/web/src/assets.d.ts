/**
 * What the build makes of imports that are no code: a CSS module becomes its class
 * names; a plain stylesheet is only loaded.
 */
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}

declare module '*.css' {}
