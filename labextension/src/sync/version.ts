/** The Syncline of these sources, as package.json has it. */
export const VERSION = '0.1.0';

/** The version of the protocol that is spoken here. */
export const PROTOCOL = 1;
