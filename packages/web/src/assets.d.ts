/** What the build makes of imports that are no code. A CSS module gives: its class names, as the build made them unique. */
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}

declare module '*.css' {}

/** Where the build put the picture. */
declare module '*.svg' {
  const url: string;
  export default url;
}
