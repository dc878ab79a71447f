/**
 * What the build makes of imports that are no code: a CSS module becomes its class
 * names, a picture its address; a plain stylesheet is only loaded.
 */
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}

declare module '*.svg' {
  const url: string;
  export default url;
}

declare module '*.css' {}
