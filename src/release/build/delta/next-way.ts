/** Thrown when a way to build an image does not apply; the next one is tried. The message is the reason, for people. */
export class NextWay extends Error {}
