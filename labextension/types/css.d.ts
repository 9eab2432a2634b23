/** A style sheet, imported for its effect: the bundlers know what to do with it. */
declare module '*.css';
