import { arch, hostname } from 'node:os';

// Edit this while `os push` runs, and load the page again.
export const greet = () => `Hello from ${hostname()} (${arch()})`;
